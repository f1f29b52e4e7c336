import uuid

import pytest
from django.utils import timezone

from regulars.crm_core.commerce.models import Product
from regulars.crm_core.insight import segments
from regulars.crm_core.insight.models import Segment
from regulars.integrations.email.models import Campaign
from regulars.platform import tenancy
from tests.web.conftest import words

ONCE = {"field": "orders_count", "is": "equals", "value": 1}
SILENT = {"field": "last_order", "is": "not_within_days", "value": 60}
JOURNEY = {"all": [ONCE, SILENT]}
FORM = {
    "name": "Silent firsts",
    "match:r": "all",
    "field:r.0": "orders_count",
    "is:r.0": "equals",
    "value:r.0": "1",
    "field:r.1": "last_order",
    "is:r.1": "not_within_days",
    "value:r.1": "60",
}
HTMX = {"hx-request": "true"}


@pytest.fixture
def people(bought):
    bought("ana@example.com", days_ago=90)
    bought("bea@example.com", days_ago=5, name=("Bea", "Lund"))


@pytest.fixture
def made(tenant):
    return segments.save(name="Silent firsts", rules=JOURNEY, at=timezone.now())


def saved():
    return Segment.objects.get().rules


class TestIndex:
    def test_offers_segments_to_begin_with_and_takes_one_over(self, staff, tenant, people):
        assert "No segments yet" in words(staff.get("/segments/"))

        answer = staff.post("/segments/starters/", {"starter": "silent_firsts"}, follow=True)

        assert "“Bought once, silent for 60 days” is made." in words(answer)
        assert "Ana Ray" in words(answer)
        assert saved() == JOURNEY
        assert staff.post("/segments/starters/", {"starter": "x"}).status_code == 404
        again = staff.post("/segments/starters/", {"starter": "silent_firsts"}, follow=True)
        assert "There is a segment named" in words(again)

    def test_shows_sentence_count_and_campaigns(self, staff, people, made):
        now = timezone.now()
        Campaign.objects.create(name="Come back", segment=made, made_at=now, changed_at=now)

        text = words(staff.get("/segments/"))

        assert "Bought exactly once, and not in the last 60 days" in text
        assert ">1</td>" in text
        assert "Come back" in text


class TestShow:
    def test_lists_its_members_and_leads_to_a_campaign(self, staff, people, made):
        answer = staff.get(f"/segments/{made.pk}/")

        assert [row["name"] for row in answer.context["page"]["rows"]] == ["Ana Ray"]
        assert f"/campaigns/new/?segment={made.pk}" in words(answer)

    def test_pages_by_key(self, staff, bought, made, monkeypatch):
        monkeypatch.setattr("regulars.web.lists.ROWS_PER_PAGE", 2)
        for number in range(3):
            bought(f"a{number}@example.com", days_ago=70, goods=f"{number + 1}.00", name=("A", str(number)))

        first = staff.get(f"/segments/{made.pk}/")
        second = staff.get(first.context["next"])

        assert [row["name"] for row in first.context["page"]["rows"]] == ["A 2", "A 1"]
        assert [row["name"] for row in second.context["page"]["rows"]] == ["A 0"]
        assert staff.get(f"/segments/{made.pk}/?cursor=x").status_code == 400

    def test_says_what_broke_it_instead_of_a_number(self, staff, tenant):
        tea = Product.objects.create(external_id="1", title="<Tea>", currency="EUR")
        rules = {"field": "bought", "is": "ever", "value": {"product": str(tea.pk)}}
        made = segments.save(name="Tea", rules=rules, at=timezone.now())
        Product.objects.update(gone_at=timezone.now())

        shown, listed = staff.get(f"/segments/{made.pk}/"), staff.get("/segments/")

        assert "“&lt;Tea&gt;” is no longer in the shop" in words(shown)
        assert "page" not in shown.context
        assert "Needs a look" in words(listed)
        assert "“&lt;Tea&gt;” is no longer in the shop" in words(staff.get(f"/segments/{made.pk}/edit/"))

    def test_is_not_found_for_another_tenant(self, staff, book_shop):
        with tenancy.opened(book_shop.schema_name):
            theirs = segments.save(name="Theirs", rules=JOURNEY, at=timezone.now())

        for path in ("", "edit/"):
            assert staff.get(f"/segments/{theirs.pk}/{path}").status_code == 404
        assert staff.post(f"/segments/{theirs.pk}/remove/").status_code == 404
        assert staff.get(f"/segments/{uuid.uuid4()}/").status_code == 404


class TestEditor:
    def test_makes_a_segment_without_a_script(self, staff, people, tenant):
        answer = staff.post("/segments/new/", {**FORM, "do": "save"}, follow=True)

        assert "“Silent firsts” is saved." in words(answer)
        assert saved() == JOURNEY

    def test_adds_and_removes_rules_and_groups_by_buttons(self, staff, tenant):
        added = staff.post("/segments/new/", {**FORM, "do": "group:r"})
        assert 'name="field:r.2.0"' in words(added)
        assert 'value="60"' in words(added)

        grouped = {**FORM, "match:r.2": "none", "field:r.2.0": "tag", "is:r.2.0": "has", "value:r.2.0": "vip"}
        removed = words(staff.post("/segments/new/", {**grouped, "do": "remove:r.0"}))
        assert 'name="match:r.1"' in removed
        assert 'name="field:r.2"' not in removed

        staff.post("/segments/new/", {**grouped, "do": "save"})
        tag = {"field": "tag", "is": "has", "value": "vip"}
        assert saved() == {"all": [ONCE, SILENT, {"not": {"any": [tag]}}]}

    def test_counts_while_it_is_edited(self, staff, people):
        answer = staff.post("/segments/new/?part=live", FORM, headers=HTMX)

        assert "<html" not in words(answer)
        assert "1 customer<" in words(answer)
        assert "Ana Ray" in words(answer)
        wanting = staff.post("/segments/new/?part=live", {**FORM, "value:r.1": ""}, headers=HTMX)
        assert "Enter a number of days" in words(wanting)

    def test_changes_the_builder_alone_for_htmx(self, staff):
        form = {**FORM, "field:r.1": "stage", "is:r.1": "not_within_days"}

        text = words(staff.post("/segments/new/?part=builder", {**form, "do": "add:r"}, headers=HTMX))

        assert text.strip().startswith('<div id="segment-builder"')
        assert 'name="choices:r.1"' in text
        assert 'name="field:r.2"' in text
        assert 'hx-swap-oob="true"' in text

    def test_finds_products_on_the_server(self, staff, tenant):
        for title in ("Green tea", "Black tea", "Coffee"):
            Product.objects.create(external_id=title, title=title, currency="EUR")
        form = {**FORM, "field:r.1": "bought", "is:r.1": "ever", "search:r.1": "TEA"}

        text = words(staff.post("/segments/new/?part=builder", {**form, "do": "find:r.1"}, headers=HTMX))

        assert text.index("Black tea") < text.index("Green tea")
        assert "Coffee" not in text
        tea = Product.objects.get(title="Green tea")
        staff.post("/segments/new/", {**form, "product:r.1": str(tea.pk)})
        assert saved()["all"][1] == {"field": "bought", "is": "ever", "value": {"product": str(tea.pk)}}

    def test_keeps_what_was_typed_and_says_what_is_wrong_where(self, staff, tenant):
        form = {**FORM, "name": "<b>", "value:r.1": "soon<"}

        answer = staff.post("/segments/new/", form)

        assert answer.status_code == 422
        assert 'value="soon&lt;"' in words(answer)
        assert "Enter a number of days, from 1" in words(answer)
        assert not Segment.objects.exists()

    def test_refuses_a_name_that_is_taken(self, staff, made):
        answer = staff.post("/segments/new/", FORM)

        assert (answer.status_code, Segment.objects.count()) == (422, 1)
        assert "There is a segment named “Silent firsts” already." in words(answer)

    def test_tells_of_an_edit_by_somebody_else(self, staff, made):
        page = words(staff.get(f"/segments/{made.pk}/edit/"))
        assert 'name="version" value="1"' in page
        segments.save(name="Newer", rules=JOURNEY, at=timezone.now(), segment_id=made.pk)

        answer = staff.post(f"/segments/{made.pk}/edit/", {**FORM, "version": "1"})

        assert answer.status_code == 409
        assert "Somebody else has changed this segment meanwhile" in words(answer)
        assert Segment.objects.get().name == "Newer"

    def test_draws_every_kind_of_rule_as_it_was_saved(self, staff, tenant):
        tea = Product.objects.create(external_id="1", title="Green tea", currency="EUR")
        rules = {
            "any": [
                {"field": "total_spent", "is": "between", "value": ["10.50", "20"]},
                {"field": "stage", "is": "none_of", "value": ["loyal", "at_risk"]},
                {"field": "city", "is": "any_of", "value": ["Köln", "York"]},
                {"field": "consent", "is": "refused", "value": "sms"},
                {"not": {"all": [{"field": "country_code", "is": "equals", "value": "DE"}, ONCE]}},
                {"field": "bought", "is": "within_days", "value": {"product": str(tea.pk), "days": 9}},
            ]
        }
        made = segments.save(name="All", rules=rules, at=timezone.now())

        form = drawn_form(staff.get(f"/segments/{made.pk}/edit/"))
        staff.post(f"/segments/{made.pk}/edit/", {**form, "do": "save"})

        assert (saved(), Segment.objects.get().version) == (rules, 1)


class TestRemove:
    def test_can_be_undone(self, staff, made):
        answer = staff.post(f"/segments/{made.pk}/remove/", follow=True)

        assert "“Silent firsts” is removed." in words(answer)
        assert f"/segments/{made.pk}/restore/" in words(answer)
        assert segments.listed() == []
        staff.post(f"/segments/{made.pk}/restore/")
        assert segments.listed() == [made]


def drawn_form(answer):
    """What a browser would send of the page's form."""
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.form, self.select = {}, ""

        def handle_starttag(self, tag, attrs):
            given = dict(attrs)
            if tag == "select":
                self.select = given["name"]
            elif tag == "option" and self.select and ("selected" in given or self.select not in self.form):
                self.form[self.select] = given["value"]
            elif tag == "input" and "name" in given:
                is_choice = given.get("type") in ("checkbox", "radio")
                if not is_choice or "checked" in given:
                    kept = self.form.get(given["name"])
                    value = given.get("value", "")
                    self.form[given["name"]] = [*kept, value] if isinstance(kept, list) else value
                    if given.get("type") == "checkbox" and not isinstance(kept, list):
                        self.form[given["name"]] = [value]

        def handle_endtag(self, tag):
            if tag == "select":
                self.select = ""

    reader = Reader()
    reader.feed(words(answer).partition("<main")[2])
    return reader.form
