import pytest
from django.utils import timezone

from regulars.platform import ids, tenancy
from regulars.tenants import endpoints
from regulars.tenants.models import Endpoint

NOW = timezone.now()


def key_of(url):
    return url.rstrip("/").rsplit("/", 1)[1]


class TestDoor:
    def test_names_tenant_connection_and_secrets(self, tenant):
        connection_id = ids.new()
        endpoints.open_for(
            connection_id=connection_id, kind="push", signing_secrets=["whsec_a", "whsec_b"], at=NOW
        )

        found = endpoints.door(key_of(endpoints.url_of(connection_id=connection_id)))

        assert (found.tenant, found.connection_id, found.kind) == (tenant, connection_id, "push")
        assert found.secrets == ("whsec_a", "whsec_b")

    def test_keeps_the_secrets_sealed(self, tenant):
        endpoints.open_for(connection_id=ids.new(), kind="push", signing_secrets=["whsec_a"], at=NOW)

        with tenancy.shared():
            assert b"whsec_a" not in bytes(Endpoint.objects.get().sealed_secrets)

    def test_costs_nothing_the_second_time(self, tenant, django_assert_num_queries):
        key = endpoints.open_for(connection_id=ids.new(), kind="push", signing_secrets=["a"], at=NOW)
        endpoints.door(key)

        with django_assert_num_queries(0):
            endpoints.door(key)

    def test_does_not_stand_for_a_guessed_key(self, db):
        with pytest.raises(endpoints.UnknownEndpoint):
            endpoints.door("guessed")
        assert "guessed" not in endpoints._remembered

    def test_is_shut_once_closed(self, tenant):
        connection_id = ids.new()
        key = endpoints.open_for(connection_id=connection_id, kind="push", signing_secrets=["a"], at=NOW)

        endpoints.close(connection_id=connection_id, at=NOW)

        with pytest.raises(endpoints.UnknownEndpoint):
            endpoints.door(key)

    def test_knows_changed_secrets_at_once_in_this_process(self, tenant):
        connection_id = ids.new()
        key = endpoints.open_for(connection_id=connection_id, kind="push", signing_secrets=["a"], at=NOW)
        endpoints.door(key)

        endpoints.change_secrets(connection_id=connection_id, signing_secrets=["b"])

        assert endpoints.door(key).secrets == ("b",)
