"""Simplified Chinese is whole: no text is missing in the catalog, none stands in English on a page."""

import re
from html import unescape

import pytest
from django.http import HttpResponse
from django.utils import timezone

from regulars.crm_core.customers.models import Contact
from regulars.crm_core.insight import segments
from regulars.integrations.email import campaigns, domains
from regulars.platform import tenancy
from regulars.tenants.models import ApiKey
from tests.web.test_access import PUBLIC, TENANT, address
from tools import translations

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|<[^>]+>")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def english():
    """Each text of two words or more that its translation does not repeat: its fixed words and a pattern."""
    _path, catalog = next(translations.catalogs())
    found = {}
    for message in catalog:
        for text in message.id if isinstance(message.id, tuple) else (message.id,):
            pieces = [piece.replace("%%", "%").strip() for piece in PLACEHOLDER.split(text)]
            if any(" " in piece for piece in pieces) and text not in message.string:
                fixed = [piece for piece in pieces if piece]
                middle = r"[^<>\n]{0,60}".join(map(re.escape, fixed))
                found[text] = fixed, rf"(?<!\w){middle}(?!\w)"
    return found


ENGLISH = english()


def words(answer):
    """What an answer says, a streamed one too."""
    return unescape(" ".join(answer.getvalue().decode().split()))


def left_in_english(answer):
    """Texts of the catalog that stand on a page in English."""
    shown = words(answer)
    return [
        text
        for text, (fixed, pattern) in ENGLISH.items()
        if all(piece in shown for piece in fixed) and re.search(pattern, shown)
    ]


@pytest.fixture
def reader(staff):
    """The owner of the tea shop, reading Chinese."""
    staff.cookies["language"] = "zh-hans"
    return staff


@pytest.fixture
def visitor(browser):
    browser.cookies["language"] = "zh-hans"
    return browser


MANY_RULES = {
    "any": [
        {"field": "orders_count", "is": "at_least", "value": 1},
        {"field": "last_order", "is": "not_within_days", "value": 60},
        {"field": "stage", "is": "any_of", "value": ["loyal"]},
        {"field": "consent", "is": "given", "value": "email"},
        {"not": {"field": "city", "is": "contains", "value": "x"}},
    ]
}


@pytest.fixture
def lived_in(reader, bought, shop, tea_shop):
    """A shop where a bit of everything has happened; what its addresses are made of."""
    order = bought("ana@example.com", days_ago=40)
    bought("ana@example.com", days_ago=20, name=("Ana", "Ray"), currency="USD")
    bought(None, days_ago=2)
    other = bought("bea@example.com", days_ago=3, name=("Bea", "Ray")).contact_id
    contact = f"/customers/{order.contact_id}"
    today = timezone.localdate().isoformat()
    for path, given in (
        (f"{contact}/notes/", {"body": "Likes sencha"}),
        (f"{contact}/tags/", {"name": "sencha"}),
        (f"{contact}/merge/", {"with": str(other)}),
        (
            f"{contact}/consents/",
            {"channel": "email", "is_given": "yes", "happened_on": today, "ground": "phone"},
        ),
        ("/settings/figures/", {"percent": "40"}),
        ("/settings/rates/", {"currency": "GBP", "rate": "1.2", "valid_from": today}),
        ("/settings/people/invite/", {"email": "kim@teashop.example", "role": "staff"}),
        ("/settings/keys/make/", {"name": "Books", "scopes": "orders:read", "days": "30"}),
    ):
        assert reader.post(path, given).status_code == 302, path
    with tenancy.shared():
        key, membership = ApiKey.objects.get(tenant=tea_shop), tea_shop.memberships.get().pk
    with tenancy.opened(tea_shop.schema_name):
        found = Contact.objects.get(pk=order.contact_id)
        return {
            "contact_id": found.pk,
            "order_id": order.pk,
            "connection_id": shop.pk,
            "key_id": key.pk,
            "note_id": found.notes.get().pk,
            "link_id": found.links.first().pk,
            "segment_id": segments.save(name="Ana", rules=MANY_RULES, at=timezone.now()).pk,
            "campaign_id": campaigns.make(name="Ana", at=timezone.now()).pk,
            "domain_id": domains.add(name="teashop.example", at=timezone.now()).pk,
            "membership_id": membership,
            "invitation_id": found.pk,
            "export_id": found.pk,
            "page_id": "none",
            "name": "none",
        }


def filled(path, ids):
    return address(re.sub(r"<\w+:(\w+)>", lambda found: str(ids[found[1]]), path))


def test_the_catalog_is_whole():
    assert translations.complaints() == []


def test_english_would_be_noticed():
    answer = HttpResponse("<p>Only your team\n  sees notes.</p> <b>1,204 of 9 done</b> Ana is added.")

    assert {"Only your team sees notes.", "%(name)s is added."} <= set(left_in_english(answer))
    assert len(ENGLISH) > 300


class TestPages:
    def test_of_a_tenant_are_chinese(self, reader, lived_in):
        pages = {filled(path, lived_in): reader.get(filled(path, lived_in)) for _name, path, _view in TENANT}
        # A letter speaks the workspace's language to its customers, whoever looks at it.
        pages = {path: answer for path, answer in pages.items() if not path.endswith("/letter/")}
        shown = {path: answer for path, answer in pages.items() if answer.status_code == 200}

        left = {path: left_in_english(answer) for path, answer in shown.items()}
        assert {path: texts for path, texts in left.items() if texts} == {}
        assert len([path for path, answer in shown.items() if CHINESE.search(words(answer))]) >= 14

    @pytest.mark.parametrize(
        "path",
        [
            "/",
            "/customers/",
            "/customers/?stage=at_risk",
            "/customers/?q=nobody+at+all",
            "/orders/",
            "/orders/?q=nothing",
            "/shops/",
            "/shops/new/?kind=woocommerce",
            "/shops/new/?kind=push",
            "/search/?q=nothing",
            "/nowhere/",
        ],
    )
    def test_with_nothing_on_them_are_chinese(self, reader, path):
        answer = reader.get(path)

        assert CHINESE.search(words(answer))
        assert left_in_english(answer) == []

    def test_part_sentences_as_chinese_does(self, reader, lived_in):
        assert re.search(r"\d{4}年\d+月\d+日星期.。没有人在等待问候。", words(reader.get("/")))

    def test_of_the_public_site_are_chinese(self, visitor, db):
        pages = {address(path): visitor.get(address(path)) for _name, path, _view in PUBLIC}
        shown = {path: answer for path, answer in pages.items() if answer.status_code == 200}

        left = {path: left_in_english(answer) for path, answer in shown.items()}
        assert {path: texts for path, texts in left.items() if texts} == {}
        assert len([path for path, answer in shown.items() if CHINESE.search(words(answer))]) >= 5

    def test_give_browsers_their_dates_as_browsers_read_them(self, reader, lived_in):
        for path in ("/settings/", f"/customers/{lived_in['contact_id']}/"):
            fields = re.findall(r'<input type="date"[^>]*>', words(reader.get(path)))

            assert fields
            assert all(re.search(r'value="\d{4}-\d\d-\d\d"', field) for field in fields), fields


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "given", "said"),
        [
            ("/customers/new/", {"email": "not an address"}, "请输入合法的邮件地址。"),
            ("/customers/new/", {"email": "ana@example.com", "country_code": "Peru"}, "选择一个有效的选项。"),
            ("/settings/figures/", {"percent": "140"}, "100"),
            (
                "/settings/rates/",
                {"currency": "GBP", "rate": "0", "valid_from": "2026-01-30"},
                "汇率必须大于零。",
            ),
            (
                "/settings/people/invite/",
                {"email": "owner@teashop.example", "role": "staff"},
                "此人已经是工作区成员。",
            ),
            ("/settings/keys/make/", {"name": ""}, "必填"),
            ("/shops/new/?kind=woocommerce", {"url": "https://127.0.0.1"}, "此地址不在公共互联网上。"),
            ("/shops/new/?kind=woocommerce", {"url": "ftp://tea.example"}, "网址须以 https:// 开头。"),
        ],
    )
    def test_of_a_form_are_chinese(self, reader, path, given, said):
        answer = reader.post(path, {"kind": "woocommerce", "key": "ck_1", "secret": "cs_1", **given})

        assert answer.status_code == 422
        assert said in words(answer)
        assert left_in_english(answer) == []

    def test_to_sign_in_are_chinese(self, visitor, db):
        answer = visitor.post("/sign-in/", {"email": "owner@teashop.example", "password": "not this"})

        assert "电子邮箱或密码不正确。" in words(answer)
        assert left_in_english(answer) == []

    def test_to_programs_stay_english(self, visitor, db):
        answer = visitor.get("/api/v1/customers", headers={"accept-language": "zh-hans"})

        assert not CHINESE.search(words(answer))
