"""The settings for e-mail, and the caught mails of one's own machine."""

import pytest
from django.utils import timezone

from regulars.integrations.email import domains, records, senders
from regulars.integrations.email.models import SendingDomain
from regulars.integrations.email.providers.catcher import Catcher
from regulars.platform import tenancy
from tests.fakes.name_servers import NameServer
from tests.integrations.email.conftest import entered
from tests.integrations.email.letters import written

PAGE = "/settings/email/"
SENDER = {
    "name": "Tea",
    "address": "",
    "reply_to": "",
    "company": "Tea Ltd",
    "postal_address": "1 High Street",
}


@pytest.fixture
def in_shop(tea_shop):
    with tenancy.opened(tea_shop.schema_name):
        yield tea_shop


class TestASender:
    def test_is_kept_and_shown_again(self, staff, in_shop):
        answer = staff.post(f"{PAGE}sender/", SENDER)

        assert answer["Location"] == f"{PAGE}#sender"
        assert senders.standing().company == "Tea Ltd"
        shown = staff.get(PAGE).content.decode()
        assert "1 High Street" in shown
        assert 'class="standing"' not in shown  # the shell's word on the bill: there is none to say

    def test_needs_a_verified_domain_and_keeps_what_was_typed(self, staff, in_shop):
        answer = staff.post(f"{PAGE}sender/", {**SENDER, "address": "me@tea.example"})

        assert answer.status_code == 422
        assert set(answer.context["sender_form"].errors) == {"address"}
        assert "me@tea.example" in answer.content.decode()
        assert senders.standing().company == ""

    def test_is_changed_by_owners_only(self, helper, in_shop):
        assert helper.get(PAGE).status_code == 200
        for address in ("sender/", "domains/"):
            assert helper.post(PAGE + address, SENDER).status_code == 403

        assert senders.standing().company == ""


class TestADomain:
    def test_is_added_with_its_records_to_copy_checked_and_removed(self, staff, in_shop, settings, tmp_path):
        staff.post(f"{PAGE}domains/", {"domain-name": "tea.example"})
        (domain,) = domains.listed()
        shown = staff.get(PAGE).content.decode()
        assert all(record.host in shown for record in domains.wanted(domain))

        with NameServer(tmp_path) as names:
            settings.DNS_RESOLVER = names.address
            names.says(entered(domain))
            staff.post(f"{PAGE}domains/{domain.pk}/check/")
        assert domains.verified("tea.example") == domain

        staff.post(f"{PAGE}domains/{domain.pk}/remove/")
        assert domains.listed() == []

    def test_whose_name_servers_are_silent_can_be_checked_again(self, staff, in_shop, settings, monkeypatch):
        monkeypatch.setattr(records, "LOOK_SECONDS", 0.1)
        settings.DNS_RESOLVER = "127.0.0.1:1"
        domain = domains.add(name="tea.example", at=timezone.now())

        shown = staff.post(f"{PAGE}domains/{domain.pk}/check/", follow=True).content.decode()

        assert "The name servers of tea.example did not answer in time; nothing has changed." in shown
        assert "Check again in a moment." in shown
        assert domains.verified("tea.example") is None

    def test_that_lost_its_key_is_told_of_in_words(self, staff, in_shop, settings, tmp_path):
        domain = domains.add(name="tea.example", at=timezone.now())
        rows = SendingDomain.objects.filter(pk=domain.pk)

        rows.update(verified_at=timezone.now(), missed_at=timezone.now())
        doubted = staff.get(PAGE).content.decode()
        with NameServer(tmp_path) as names:
            settings.DNS_RESOLVER = names.address
            names.says({})
            checked = staff.post(f"{PAGE}domains/{domain.pk}/check/", follow=True).content.decode()
        rows.update(verified_at=None, missed_at=None, lapsed_at=timezone.now())
        lapsed = staff.get(PAGE).content.decode()

        assert "We did not find its key any more on" in doubted
        assert ">Verified<" in doubted
        assert "The key of tea.example was not found: below is what was found." in checked
        assert "Its key was still gone on" in lapsed
        assert ">Not verified any more<" in lapsed

    def test_that_is_none_is_refused(self, staff, in_shop):
        answer = staff.post(f"{PAGE}domains/", {"domain-name": "not a domain"})

        assert answer.status_code == 422
        assert domains.listed() == []

    def test_of_another_tenant_is_not_found(self, staff, book_shop):
        with tenancy.opened(book_shop.schema_name):
            theirs = domains.add(name="books.example", at=timezone.now())

        for act in ("check", "remove"):
            assert staff.post(f"{PAGE}domains/{theirs.pk}/{act}/").status_code == 404


class TestCaughtMail:
    @pytest.fixture
    def mails(self, settings, tmp_path, tea_shop, book_shop):
        """One mail of the tea shop's, then one of the book shop's, then one of nobody's; their names."""
        settings.MAIL_CATCHER_FOLDER = str(tmp_path)
        made = written.compiled(written.text("<script>alert(1)</script>"), subject="For {{ name }}")
        with Catcher(tmp_path).session() as session:
            for tenant in (tea_shop.schema_name, book_shop.schema_name, ""):
                stamp = written.replace(written.STAMP, tenant=tenant)
                mail = written.built(made, values={"name": "<b>"}, stamp=stamp)
                session.deliver(sender="b@x.example", to="anna@example.com", message=mail)
        return [path.stem for path in sorted(tmp_path.glob("*.eml"))]

    def test_is_shown_to_the_tenant_that_sent_it(self, staff, mails):
        page = staff.get("/caught-mail/").content.decode()

        assert [mail.name for mail in staff.get("/caught-mail/").context["mails"]] == mails[:1]
        assert "For &lt;b&gt;" in page
        assert "anna@example.com" in staff.get(f"/caught-mail/{mails[0]}/").content.decode()

    def test_is_framed_without_scripts_and_of_no_origin(self, staff, mails):
        answer = staff.get(f"/caught-mail/{mails[0]}/html/")

        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "sandbox allow-popups" in policy
        assert "allow-scripts" not in policy
        assert "allow-same-origin" not in policy
        assert "frame-ancestors 'self'" in policy
        assert "&lt;script&gt;" in answer.content.decode()

    def test_of_others_is_not_found(self, staff, mails):
        for name in (*mails[1:], "1000000000000000000-1", "..%2f..%2fetc%2fpasswd"):
            assert staff.get(f"/caught-mail/{name}/").status_code == 404
            assert staff.get(f"/caught-mail/{name}/html/").status_code == 404

    def test_is_nowhere_on_a_server(self, staff, mails, settings):
        settings.MAIL_CATCHER_FOLDER = ""

        assert staff.get("/caught-mail/").status_code == 404
        assert staff.get(f"/caught-mail/{mails[0]}/").status_code == 404
