from regulars.platform import tenancy
from regulars.tenants import migrating, provisioning

A_FIELD = 'migrations.AddField("contact", "extra", models.TextField(null=True))'


class TestFingerprint:
    def test_changes_with_the_migrations_of_tenants(self, released):
        migrating.fingerprint.cache_clear()
        before = migrating.fingerprint()

        released(A_FIELD)

        assert migrating.fingerprint() != before


class TestBehind:
    def test_names_whose_schema_is_not_at_this_release(self, tea_shop):
        tea_shop.schema_version = "old"
        tea_shop.save()

        assert [(late.schema, late.name) for late in migrating.behind()] == [
            (tea_shop.schema_name, "teashop")
        ]


class TestMigrateShared:
    def test_asks_once_and_does_nothing_when_it_was_here(self, unspoiled, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert migrating.migrate_shared() == []

    def test_looks_again_after_another_release_was_here(self, unspoiled):
        tenancy.execute("COMMENT ON SCHEMA public IS 'another'")

        assert migrating.shared_plan() == []
        assert migrating.migrate_shared() == []

        assert migrating.is_shared_noted()

    def test_knows_whether_the_public_schema_is_current(self, db):
        assert migrating.is_shared_current()


class TestProvisioning:
    def test_attaches_no_spare_of_another_release(self, db, released):
        released(A_FIELD)

        assert provisioning.Tenant.objects.filter(schema_version=migrating.fingerprint()).count() == 0
