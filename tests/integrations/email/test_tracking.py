import pytest
from django.test import Client

from regulars.crm_core.customers.models import Consent
from regulars.integrations.email.models import RecipientState, Touch
from regulars.integrations.email.tokens import Maker, Purpose
from regulars.platform import tenancy
from regulars.platform.facts.models import Fact
from regulars.tenants.models import Tenant
from tests.factories.mails import LINKS, launched, mail
from tests.integrations.email.test_touches import FIREFOX

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def reader():
    """A mail program or browser at the tea shop's host, without cookies, checked like a stranger."""
    return Client(headers={"host": "teashop.localhost", "user-agent": FIREFOX}, enforce_csrf_checks=True)


@pytest.fixture
def sent(tea_shop):
    with tenancy.opened(tea_shop.schema_name):
        row = mail(launched(), state=RecipientState.SENT)
        row.tokens = {
            each: Maker().token(each, recipient=row.pk, link=int(each == Purpose.CLICK)) for each in Purpose
        }
    return row


@pytest.fixture
def inside(tea_shop):
    """``inside(call)``: ask the tenant's tables."""

    def ask(call):
        with tenancy.opened(tea_shop.schema_name):
            return call()

    return ask


def path(kind, token):
    return f"/m/{kind}/{token}" + (".gif" if kind == "o" else "")


def words(inside):
    return inside(lambda: list(Consent.objects.order_by("pk").values_list("is_given", flat=True)))


class TestOpened:
    def test_answers_a_picture_that_nobody_keeps(self, reader, sent, inside):
        answer = reader.get(path("o", sent.tokens["open"]))

        assert (answer.status_code, answer["Content-Type"]) == (200, "image/gif")
        assert (answer.content[:6], answer["Cache-Control"]) == (b"GIF89a", "no-store")
        assert inside(lambda: Touch.objects.get().verdict) == "human"


class TestClicked:
    def test_leads_to_the_stored_link(self, reader, sent):
        answer = reader.get(path("c", sent.tokens["click"]), {"url": "https://evil.example"})

        assert (answer.status_code, answer["Location"]) == (302, LINKS[1])
        assert answer["Referrer-Policy"] == "no-referrer"

    def test_leads_to_an_address_with_letters_beyond_ascii(self, reader, tea_shop):
        with tenancy.opened(tea_shop.schema_name):
            row = mail(launched(links=["https://teashop.example/茶?größe=10%25"]), state=RecipientState.SENT)
            token = Maker().token(Purpose.CLICK, recipient=row.pk, link=0)

        answer = reader.get(path("c", token))

        assert answer["Location"] == "https://teashop.example/%E8%8C%B6?gr%C3%B6%C3%9Fe=10%25"

    def test_marks_a_head_as_a_machine(self, reader, sent, inside):
        assert reader.head(path("c", sent.tokens["click"])).status_code == 302
        assert inside(lambda: Touch.objects.get().verdict) == "bot"


class TestUnsubscribe:
    def test_asks_first(self, reader, sent, inside):
        answer = reader.get(path("u", sent.tokens["unsubscribe"]))

        assert answer.status_code == 200
        assert "ana@example.com" in answer.content.decode()
        assert '<form method="post">' in answer.content.decode()
        assert words(inside) == [True]

    @pytest.mark.parametrize("kind", ["multipart", "urlencoded", "button", "broken"])
    def test_acts_on_a_post_without_cookies_and_does_not_redirect(self, reader, sent, inside, kind):
        body = {
            "multipart": {"data": ONE_CLICK},
            "urlencoded": {
                "data": "List-Unsubscribe=One-Click",
                "content_type": "application/x-www-form-urlencoded",
            },
            "button": {"data": {}},
            "broken": {"data": "x", "content_type": "multipart/form-data"},
        }[kind]

        answers = [reader.post(path("u", sent.tokens["unsubscribe"]), **body) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 200]
        assert words(inside) == [True, False]
        evidence = inside(lambda: Consent.objects.get(is_given=False).evidence)
        assert ("one-click" in evidence) == (kind in {"multipart", "urlencoded"})

    def test_speaks_the_tenants_language(self, reader, sent):
        with tenancy.shared():
            Tenant.objects.filter(slug="teashop").update(language="zh-hans")

        answer = reader.get(path("u", sent.tokens["unsubscribe"]), headers={"accept-language": "en"})

        assert 'lang="zh-hans"' in answer.content.decode()

    def test_of_a_test_mail_means_nobody(self, reader, sent, inside):
        token = inside(lambda: Maker().token(Purpose.UNSUBSCRIBE, recipient=0))

        answer = reader.post(path("u", token))

        assert answer.status_code == 200
        assert "nobody was unsubscribed" in answer.content.decode()
        assert words(inside) == [True]


class TestAScanner:
    def test_that_reads_everything_changes_nothing_that_was_said(self, reader, sent, inside):
        facts = inside(Fact.objects.count)

        for method in (reader.get, reader.head):
            for kind, purpose in (("o", "open"), ("c", "click"), ("u", "unsubscribe")):
                method(path(kind, sent.tokens[purpose]), headers={"user-agent": "Mimecast scanner"})

        assert words(inside) == [True]
        assert inside(Fact.objects.count) == facts
        sent_now = inside(lambda: type(sent).objects.get())
        assert (sent_now.opened_at, sent_now.clicked_at, sent_now.unsubscribed_at) == (None, None, None)


class TestATokenOfSomebodyElse:
    @pytest.mark.parametrize(("kind", "purpose"), [("o", "open"), ("c", "click"), ("u", "unsubscribe")])
    def test_is_not_found_at_another_tenants_host(self, sent, inside, book_shop, kind, purpose):
        with tenancy.opened(book_shop.schema_name):
            theirs = mail(launched(), state=RecipientState.SENT, id=sent.pk)
        stranger = Client(headers={"host": "bookshop.localhost", "user-agent": FIREFOX})

        for method in (stranger.get, stranger.post):
            assert method(path(kind, sent.tokens[purpose])).status_code in (
                {404, 405} if kind != "u" else {404}
            )

        with tenancy.opened(book_shop.schema_name):
            assert list(Consent.objects.values_list("is_given", flat=True)) == [True]
            assert not theirs.touches.exists()

    @pytest.mark.parametrize("kind", ["o", "c", "u"])
    def test_is_not_found_under_another_purpose_or_guessed(self, reader, sent, kind):
        other = sent.tokens["message"]

        assert reader.get(path(kind, other)).status_code == 404
        assert reader.get(path(kind, "A" * 24)).status_code == 404
        assert reader.get(path(kind, "1")).status_code == 404
