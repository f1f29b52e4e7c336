import psycopg
from django.utils import timezone
from psycopg import sql

from regulars.tenants import moves, rollout
from regulars.tenants.models import Tenant

NOW = timezone.now()
A_FIELD = 'migrations.AddField("contact", "extra", models.TextField(null=True))'


class TestMake:
    def test_tries_again_while_somebody_holds_a_lock(self, unspoiled, released):
        released(A_FIELD)
        errand, patience = self.errand(), moves.Patience(lock_milliseconds=20, pauses_seconds=(1.0, 2.0))
        pauses = []

        with psycopg.connect(unspoiled) as busy:
            self.use(busy)

            def wait(seconds):
                pauses.append(seconds)
                busy.rollback()

            move = moves.make(*errand, at=NOW, patience=patience, sleep=wait)

        assert (move.problem, pauses) == ("", [1.0])

    def test_gives_up_on_one_that_is_never_free(self, unspoiled, released):
        released(A_FIELD)
        patience = moves.Patience(lock_milliseconds=20, pauses_seconds=(1.0, 2.0))
        pauses = []

        with psycopg.connect(unspoiled) as busy:
            self.use(busy)
            move = moves.make(*self.errand(), at=NOW, patience=patience, sleep=pauses.append)

        assert "lock timeout" in move.problem
        assert pauses == [1.0, 2.0]
        assert Tenant.objects.get(slug="teashop").quarantine_reason == move.problem

    def errand(self):
        return next(each for each in rollout.surveyed().errands if each[0].slug == "teashop")

    def use(self, busy):
        name = sql.Identifier(Tenant.objects.get(slug="teashop").schema_name, "customers_contact")
        busy.execute(sql.SQL("SELECT count(*) FROM {}").format(name))
