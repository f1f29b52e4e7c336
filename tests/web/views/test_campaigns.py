"""The list of campaigns, a new one, writing one, and looking at it."""

import re

import pytest
from django.utils import timezone

from regulars.crm_core.commerce.models import Product
from regulars.integrations.email import campaigns
from regulars.integrations.email.models import Campaign
from regulars.platform import tenancy
from tests.factories.campaigns import draft, segment
from tests.web.conftest import words


@pytest.fixture
def once(tea_shop):
    with tenancy.opened(tea_shop.schema_name):
        return segment()


@pytest.fixture
def spring(tea_shop, once):
    """A draft for the customers who bought once."""
    with tenancy.opened(tea_shop.schema_name):
        return draft(segment=once, at=timezone.now())


@pytest.fixture
def tea(tea_shop):
    with tenancy.opened(tea_shop.schema_name):
        return Product.objects.create(external_id="1", title="Green <tea>", currency="EUR", price="12.50")


def form(campaign, *blocks, do="save", **changes):
    """What the editor posts: the campaign as it stands, but for the changes; blocks as (kind, fields)."""
    posted = {
        "version": campaign.version,
        "name": campaign.name,
        "subject": campaign.subject,
        "preview_text": campaign.preview_text,
        "segment": campaign.segment_id or "",
        "do": do,
        "block": [str(number) for number in range(len(blocks))],
        **changes,
    }
    for number, (kind, fields) in enumerate(blocks):
        posted[f"{number}-kind"] = kind
        posted |= {f"{number}-{name}": value for name, value in fields.items()}
    return posted


def stored(tenant):
    with tenancy.opened(tenant.schema_name):
        return list(Campaign.objects.order_by("made_at"))


HELLO = ("text", {"markdown": "Hello {{ first_name|there }}"})


class TestIndex:
    def test_says_how_to_begin(self, staff):
        shown = words(staff.get("/campaigns/"))

        assert "Write to the customers you mean" in shown
        assert 'href="/campaigns/new/"' in shown
        assert "Make a segment first" in shown

    def test_lists_them_with_state_and_audience(self, staff, spring):
        shown = words(staff.get("/campaigns/"))

        assert f'href="/campaigns/{spring.pk}/"' in shown
        assert "1 draft waits for you." in shown
        assert "Bought once" in shown


class TestNew:
    def test_leads_to_writing_with_a_greeting(self, staff, tea_shop, once):
        assert f'<option value="{once.pk}" selected>' in words(
            staff.get(f"/campaigns/new/?segment={once.pk}")
        )

        answer = staff.post("/campaigns/new/", {"name": "Spring", "segment": str(once.pk)}, follow=True)

        made = stored(tea_shop)[0]
        assert answer.request["PATH_INFO"] == f"/campaigns/{made.pk}/edit/"
        assert (made.segment_id, made.blocks[0]["markdown"]) == (once.pk, "Hello {{ first_name|there }},\n\n")

    def test_refuses_one_without_a_name_and_keeps_the_choice(self, staff, tea_shop, once):
        answer = staff.post("/campaigns/new/", {"name": " ", "segment": str(once.pk)})

        assert answer.status_code == 422
        assert f'<option value="{once.pk}" selected>' in words(answer)
        assert stored(tea_shop) == []


class TestEdit:
    def test_saves_what_was_written(self, staff, tea_shop, spring):
        blocks = [
            ("heading", {"text": "New teas"}),
            HELLO,
            ("button", {"text": "Look", "url": "https://tea.example/new"}),
        ]

        answer = staff.post(f"/campaigns/{spring.pk}/edit/", form(spring, *blocks, subject="Teas <3"))

        assert answer["Location"] == f"/campaigns/{spring.pk}/edit/"
        saved = stored(tea_shop)[0]
        assert (saved.subject, [block["kind"] for block in saved.blocks]) == (
            "Teas <3",
            ["heading", "text", "button"],
        )
        assert "Teas &lt;3" in words(staff.get(f"/campaigns/{spring.pk}/edit/"))

    def test_adds_moves_and_removes_blocks_without_saving_or_losing_a_word(self, staff, tea_shop, spring):
        path, typed = f"/campaigns/{spring.pk}/edit/", [("heading", {"text": "A"}), HELLO]

        added = staff.post(path, form(spring, *typed, do="add:divider", subject="Unsaved"))
        moved = staff.post(path, form(spring, *typed, do="up:1"))
        removed = staff.post(path, form(spring, *typed, do="remove:0"))

        kinds = [[row["kind"] for row in answer.context["blocks"]] for answer in (added, moved, removed)]
        assert kinds == [["heading", "text", "divider"], ["text", "heading"], ["text"]]
        assert 'value="Unsaved"' in words(added)
        assert "Not saved yet" in words(added)
        assert stored(tea_shop)[0].version == spring.version

    def test_answers_htmx_with_the_blocks_and_the_preview(self, staff, spring):
        answer = staff.post(
            f"/campaigns/{spring.pk}/edit/",
            form(spring, HELLO, do="add:spacer"),
            headers={"hx-request": "true"},
        )

        shown = words(answer)
        assert shown.lstrip().startswith("<div")
        assert 'id="blocks"' in shown
        assert re.search(r'id="look" hx-swap-oob="outerHTML"', shown)
        assert "<html" not in shown

    def test_finds_products_and_takes_them_in(self, staff, tea_shop, spring, tea):
        path = f"/campaigns/{spring.pk}/edit/"

        found = staff.post(path, form(spring, ("products", {"words": "green"}), do="find:0"))
        assert "Green &lt;tea&gt;" in words(found)
        assert "€12.50" in words(found)

        taken = staff.post(path, form(spring, ("products", {"words": "green"}), do=f"take:0:{tea.pk}"))
        assert [each["title"] for each in taken.context["blocks"][0]["chosen"]] == ["Green <tea>"]
        staff.post(path, form(spring, ("products", {"ids": [str(tea.pk)]})))
        assert stored(tea_shop)[0].blocks == [{"kind": "products", "ids": [str(tea.pk)]}]

    def test_shows_both_when_somebody_else_saved_and_overwrites_nothing(
        self, staff, helper, tea_shop, spring
    ):
        path = f"/campaigns/{spring.pk}/edit/"
        helper.post(path, form(spring, HELLO, subject="Theirs"))

        answer = staff.post(path, form(spring, HELLO, subject="Mine"))

        assert answer.status_code == 409
        assert "Theirs" in words(answer)
        assert 'value="Mine"' in words(answer)
        assert stored(tea_shop)[0].subject == "Theirs"
        staff.post(path, form(spring, HELLO, subject="Mine", version=answer.context["version"]))
        assert stored(tea_shop)[0].subject == "Mine"

    def test_keeps_mine_as_a_campaign_of_its_own(self, staff, tea_shop, spring):
        staff.post(f"/campaigns/{spring.pk}/edit/", form(spring, HELLO, do="copy", subject="Mine"))

        assert [each.subject for each in stored(tea_shop)] == ["New teas", "Mine"]

    def test_keeps_what_was_typed_when_it_was_launched_meanwhile(self, staff, tea_shop, spring):
        with tenancy.opened(tea_shop.schema_name):
            Campaign.objects.update(state="finished")

        answer = staff.post(f"/campaigns/{spring.pk}/edit/", form(spring, HELLO, subject="Too late"))

        assert answer.status_code == 409
        assert 'value="Too late"' in words(answer)
        assert "Keep as a campaign of its own" in words(answer)

    def test_refuses_a_campaign_without_a_name_and_keeps_the_rest(self, staff, tea_shop, spring):
        answer = staff.post(f"/campaigns/{spring.pk}/edit/", form(spring, HELLO, name="", subject="Kept"))

        assert answer.status_code == 422
        assert 'value="Kept"' in words(answer)
        assert stored(tea_shop)[0].name == "Spring"

    def test_names_the_block_that_cannot_be_mailed(self, staff, spring):
        blocks = [HELLO, ("button", {"text": "Look", "url": "javascript:alert(1)"})]

        answer = staff.post(f"/campaigns/{spring.pk}/edit/", form(spring, *blocks, do="preview"))

        assert answer.context["look"].place == 1
        assert answer.context["look"].problem
        assert answer.context["look"].href == ""

    def test_counts_whom_the_segment_means(self, staff, bought, once):
        bought("ana@example.com", days_ago=90)
        bought("ben@example.com", days_ago=2)

        shown = words(staff.get(f"/campaigns/audience/?segment={once.pk}"))

        assert "1 customer belongs to it now." in shown
        assert "<html" not in shown


class TestLetter:
    def test_shows_the_unsaved_words_in_a_frame_that_can_do_nothing(self, staff, spring):
        answer = staff.post(
            f"/campaigns/{spring.pk}/edit/",
            form(spring, ("text", {"markdown": "Unsaved <script>x()</script> words"}), do="preview"),
        )

        letter = staff.get(answer.context["look"].href)

        assert "Unsaved" in words(letter)
        assert "<script" not in words(letter)
        policy = letter["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert policy.endswith("sandbox")
        assert "frame-ancestors 'self'" in policy
        assert letter["X-Frame-Options"] == "SAMEORIGIN"
        assert "Unsaved" not in words(staff.get(f"/campaigns/{spring.pk}/letter/"))

    def test_says_what_is_wrong_where_there_is_no_letter(self, staff, tea_shop, once):
        with tenancy.opened(tea_shop.schema_name):
            broken = draft(blocks=[{"kind": "button", "text": "<b>", "url": "ftp://x"}])

        letter = staff.get(f"/campaigns/{broken.pk}/letter/")

        assert letter.status_code == 200
        assert "<!DOCTYPE html><p>" in words(letter)


class TestRemove:
    def test_is_undone_by_the_toast(self, staff, spring):
        gone = words(staff.post(f"/campaigns/{spring.pk}/remove/", follow=True))
        assert f'action="/campaigns/{spring.pk}/restore/"' in gone
        assert staff.get(f"/campaigns/{spring.pk}/edit/").status_code == 404

        staff.post(f"/campaigns/{spring.pk}/restore/")

        assert staff.get(f"/campaigns/{spring.pk}/edit/").status_code == 200

    def test_refuses_one_under_way(self, staff, tea_shop, spring):
        with tenancy.opened(tea_shop.schema_name):
            Campaign.objects.update(state="sending", launched_at=timezone.now())

        answer = staff.post(f"/campaigns/{spring.pk}/remove/", follow=True)

        assert "Cancel it before you remove it." in words(answer)
        assert stored(tea_shop)[0].removed_at is None


def test_a_campaign_of_another_tenant_is_not_there(staff, book_shop):
    with tenancy.opened(book_shop.schema_name):
        theirs = draft()

    for path in ("", "edit/", "letter/", "check/"):
        assert staff.get(f"/campaigns/{theirs.pk}/{path}").status_code == 404
    for path in (
        "edit",
        "copy",
        "remove",
        "restore",
        "test",
        "launch",
        "pause",
        "resume",
        "cancel",
        "settle",
    ):
        assert staff.post(f"/campaigns/{theirs.pk}/{path}/", {"version": "1"}).status_code == 404
    with tenancy.opened(book_shop.schema_name):
        assert campaigns.found(theirs.pk).version == theirs.version
