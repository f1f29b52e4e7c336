"""The content security policy: strict everywhere, wider by the tenants' hosts on the public one."""

from types import SimpleNamespace

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from regulars.web.csp import HEADER, ContentSecurityPolicy


@pytest.fixture
def policy_for(settings):
    settings.TENANT_ORIGINS = ["http://*.localhost:8000"]

    def ask(tenant, answer=None):
        request = RequestFactory().get("/")
        request.tenant = tenant
        return ContentSecurityPolicy(lambda _: answer or HttpResponse())(request)[HEADER]

    return ask


def test_allows_own_files_only_and_nothing_inline(policy_for):
    policy = policy_for(SimpleNamespace(slug="teashop"))

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


def test_lets_the_public_host_hand_over_to_tenants(policy_for):
    assert policy_for(None).endswith("form-action 'self' http://*.localhost:8000")


def test_lets_a_tenant_send_its_members_back_to_the_public_host_and_nowhere_else(policy_for):
    policy = policy_for(SimpleNamespace(slug="teashop"))

    assert policy.endswith("form-action 'self' http://localhost:8000")


def test_keeps_the_policy_of_a_view_that_set_its_own(policy_for):
    own = HttpResponse(headers={HEADER: "default-src 'none'"})

    assert policy_for(None, own) == "default-src 'none'"
