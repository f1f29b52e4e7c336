"""API keys: what is made, what opens, what is refused, and that a revocation is heard everywhere."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from redis.exceptions import ConnectionError as CacheIsAway

from regulars.platform import tenancy
from regulars.tenants import entitlements, keys
from regulars.tenants.models import ApiKey, Entitlement

pytestmark = pytest.mark.usefixtures("db")
NOW = timezone.now()


def made(shop, **options):
    with tenancy.opened(shop.schema_name):
        return keys.make(**{"name": "Partner", "at": NOW, **options})


def revoke(shop, key, *, capture):
    row = ApiKey.objects.get(prefix=key.split("_")[1])
    with tenancy.opened(shop.schema_name), capture(execute=True):
        keys.revoke(key_id=row.pk, at=NOW)


class TestMake:
    def test_keeps_a_hash_and_never_the_secret(self, tea_shop):
        key = made(tea_shop)

        row = ApiKey.objects.get()
        secret = key.split("_", 2)[2]
        assert key == f"rk_{row.prefix}_{secret}"
        assert secret not in json.dumps([row.secret_hash, row.prefix, row.name])
        assert (row.tenant, row.scopes) == (tea_shop, sorted(keys.READING))

    def test_makes_keys_that_all_differ(self, tea_shop):
        assert len({made(tea_shop) for _ in range(20)}) == 20

    @pytest.mark.parametrize(
        ("wrong", "refusal"),
        [
            ({"scopes": ["customers:erase"]}, keys.UnknownScope),
            ({"scopes": []}, keys.UnknownScope),
            ({"name": "  "}, keys.Nameless),
            ({"name": "x" * 121}, keys.Nameless),
        ],
    )
    def test_refuses_what_it_cannot_keep(self, tea_shop, wrong, refusal):
        with pytest.raises(refusal):
            made(tea_shop, **wrong)

        assert not ApiKey.objects.exists()

    def test_asks_the_plan(self, tea_shop):
        Entitlement.objects.filter(tenant=tea_shop, feature="api").delete()

        with pytest.raises(entitlements.NotEntitled):
            made(tea_shop)


class TestResolve:
    def test_finds_the_tenant_and_the_scopes(self, tea_shop, book_shop):
        made(tea_shop)
        key = made(book_shop, scopes=["orders:read"])

        holder = keys.resolve(key, at=NOW)

        assert holder.tenant.schema_name == book_shop.schema_name
        assert holder.tenant.currency == "GBP"
        assert holder.scopes == {"orders:read"}

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda key: "",
            lambda key: key + "x",
            lambda key: key[:-1] + ("a" if key[-1] != "a" else "b"),
            lambda key: key.replace("rk_", "sk_"),
            lambda key: "rk_" + "0" * 12 + key[15:],
            lambda key: key.upper(),
            lambda key: f"{key}\n",
            lambda key: "rk_\x00",
        ],
    )
    def test_refuses_what_is_not_the_whole_key(self, tea_shop, spoil):
        key = made(tea_shop)

        with pytest.raises(keys.KeyRefused):
            keys.resolve(spoil(key), at=NOW)

        assert ApiKey.objects.get().last_used_at is None

    def test_compares_hashes_for_unknown_keys_too(self, tea_shop, monkeypatch):
        compared = []
        monkeypatch.setattr(keys.hmac, "compare_digest", lambda *pair: bool(compared.append(pair)))

        with pytest.raises(keys.KeyRefused):
            keys.resolve("rk_" + "0" * 12 + "_" + "a" * 43, at=NOW)

        assert [stored for _, stored in compared] == [keys.NOBODYS_HASH]

    def test_refuses_an_expired_key_from_that_moment_on(self, tea_shop):
        key = made(tea_shop, expires_at=NOW + timedelta(hours=1))

        assert keys.resolve(key, at=NOW + timedelta(minutes=59))
        with pytest.raises(keys.KeyRefused, match="expired"):
            keys.resolve(key, at=NOW + timedelta(hours=1))

    def test_asks_nothing_while_it_remembers(self, tea_shop):
        key = made(tea_shop)
        keys.resolve(key, at=NOW)

        with CaptureQueriesContext(connection) as statements:
            keys.resolve(key, at=NOW)

        assert len(statements) == 0

    def test_trusts_no_memory_when_the_shared_cache_is_away(self, tea_shop, monkeypatch):
        key = made(tea_shop)
        keys.resolve(key, at=NOW)

        def away(*args, **kwargs):
            raise CacheIsAway

        monkeypatch.setattr(cache, "get", away)
        ApiKey.objects.update(revoked_at=NOW)

        with pytest.raises(keys.KeyRefused, match="revoked"):
            keys.resolve(key, at=NOW)

    def test_notes_the_use_at_most_once_a_minute(self, tea_shop):
        key = made(tea_shop)

        def used(seconds):
            keys.resolve(key, at=NOW + timedelta(seconds=seconds))
            return (ApiKey.objects.get().last_used_at - NOW).total_seconds()

        assert [used(0), used(30), used(59), used(60), used(61)] == [0, 0, 0, 60, 60]


class TestRevoke:
    def test_closes_the_key_at_once(self, tea_shop, django_capture_on_commit_callbacks):
        key = made(tea_shop)
        keys.resolve(key, at=NOW)

        revoke(tea_shop, key, capture=django_capture_on_commit_callbacks)

        with pytest.raises(keys.KeyRefused, match="revoked"):
            keys.resolve(key, at=NOW)

    def test_is_heard_by_a_process_that_remembers(self, tea_shop, django_capture_on_commit_callbacks):
        key = made(tea_shop)
        keys.resolve(key, at=NOW)
        memory_of_another_process = dict(keys._remembered)

        revoke(tea_shop, key, capture=django_capture_on_commit_callbacks)
        keys._remembered.update(memory_of_another_process)

        with pytest.raises(keys.KeyRefused, match="revoked"):
            keys.resolve(key, at=NOW)

    def test_leaves_other_keys_alone(self, tea_shop, django_capture_on_commit_callbacks):
        key, other = made(tea_shop), made(tea_shop)

        revoke(tea_shop, key, capture=django_capture_on_commit_callbacks)

        assert keys.resolve(other, at=NOW)
        assert ApiKey.objects.filter(revoked_at=None).count() == 1

    def test_does_not_reach_into_another_tenant(self, tea_shop, book_shop):
        key = made(tea_shop)
        row = ApiKey.objects.get()

        with tenancy.opened(book_shop.schema_name), pytest.raises(keys.UnknownKey):
            keys.revoke(key_id=row.pk, at=NOW)

        assert keys.resolve(key, at=NOW)


class TestListed:
    def test_shows_the_open_tenants_keys_only(self, tea_shop, book_shop):
        made(book_shop, name="Books")
        made(tea_shop, name="Old")
        made(tea_shop, name="New", at=NOW + timedelta(days=1))

        with tenancy.opened(tea_shop.schema_name):
            assert [row.name for row in keys.listed()] == ["New", "Old"]


class TestCommand:
    def call(self, *words):
        out = StringIO()
        call_command("create_api_key", *words, stdout=out)
        return out.getvalue().splitlines()

    def test_prints_one_object_as_its_last_line(self, tea_shop):
        answer = json.loads(self.call("--tenant", "teashop", "--json")[-1])

        assert answer["scopes"] == sorted(keys.READING)
        assert keys.resolve(answer["key"], at=timezone.now()).tenant.slug == "teashop"

    def test_narrows_and_ends_a_key(self, tea_shop):
        key = json.loads(
            self.call("--tenant", "teashop", "--scope", "orders:read", "--days", "2", "--json")[-1]
        )["key"]

        assert keys.resolve(key, at=timezone.now()).scopes == {"orders:read"}
        with pytest.raises(keys.KeyRefused, match="expired"):
            keys.resolve(key, at=timezone.now() + timedelta(days=2))

    @pytest.mark.parametrize("words", [["--tenant", "nobody"], ["--tenant", "teashop", "--days", "0"]])
    def test_says_in_one_line_why_not(self, tea_shop, words):
        with pytest.raises(CommandError) as refused:
            self.call(*words)

        assert "\n" not in str(refused.value)
        assert not ApiKey.objects.exists()
