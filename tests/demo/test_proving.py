"""The demo's shops mail from domains that the local name server vouches for."""

import pytest
from django.utils import timezone

from regulars.demo import leafkiln, proving
from regulars.integrations.email import domains, senders
from tests.fakes.name_servers import NameServer

POST = leafkiln.SHOP.post


@pytest.mark.usefixtures("tenant")
class TestProves:
    def test_the_shop_s_domain_and_sends_from_it(self, settings, tmp_path):
        settings.DNS_FOLDER = str(tmp_path)
        with NameServer(tmp_path) as names:
            settings.DNS_RESOLVER = names.address
            for _ in range(2):
                proving.prove(post=POST, at=timezone.now())

        found = senders.standing()
        assert found.from_address == f"{POST.mailbox}@{POST.domain}"
        assert found.is_verified
        assert found.company == POST.company
        assert len(domains.listed()) == 1

    def test_nothing_where_no_name_server_is_told(self, settings):
        settings.DNS_FOLDER = ""

        proving.prove(post=POST, at=timezone.now())

        assert not senders.standing().is_verified
        assert senders.standing().company == POST.company
