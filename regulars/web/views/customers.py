"""The list of customers, one more by hand, and the list as a file."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from regulars.crm_core.customers import contacts
from regulars.crm_core.customers.models import Contact
from regulars.crm_core.insight import listing
from regulars.crm_core.insight.listing import Count, Customer, Filter, Sort
from regulars.crm_core.insight.models import Stage
from regulars.platform import errors, tenancy
from regulars.tenants.models import Role
from regulars.web import export as exporting
from regulars.web import formats, htmx, lists, toasts, words
from regulars.web.access import members, owners
from regulars.web.forms.customers import NewCustomerForm
from regulars.web.templatetags import shown

SORTS: dict[str, str] = {
    Sort.NAME: "ascending",
    Sort.ORDERS: "descending",
    Sort.PROFIT: "descending",
    Sort.SPEND: "descending",
    Sort.LAST_ORDER: "descending",
}
REACH = {"yes": True, "no": False}
SHOWN_TAGS = 3


@members
@require_safe
@vary_on_headers("HX-Request")
def index(request: htmx.Request) -> HttpResponse:
    where, sort = _wanted(request)
    page = listing.page(
        where=where, sort=sort, cursor=request.GET.get("cursor") or None, size=lists.ROWS_PER_PAGE
    )
    counts = listing.counts(where=where)
    page_shown = {
        "page": {"rows": rows(page.rows, currency=request.tenant.currency)},
        "tabs": _tabs(counts),
        "heads": lists.heads(request, sorts=SORTS, current=sort, first=Sort.SPEND),
        "words": where.words,
        "stage": where.stage or "",
        "reach": request.GET.get("reach", ""),
        "sort_given": "" if sort is Sort.SPEND else sort.value,
        "sentence": _sentence(counts),
        "has_any": bool(page.rows),
        "is_filtered": bool(where.words or where.stage or where.is_reachable is not None),
        "is_part": htmx.wants_part(request),
        "may_export": request.membership.role == Role.OWNER,
        **lists.pager(request, page),
    }
    return render(request, htmx.template(request, page="customers/index.html", part="rows"), page_shown)


@members
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: htmx.Request) -> HttpResponse:
    form = NewCustomerForm(request.POST or None)
    if form.is_valid():
        try:
            contact = _added(request, form.cleaned_data)
        except errors.Refused as refused:
            form.add_error("email", str(refused))
        else:
            toasts.say(request, message=_("%(name)s is added.") % {"name": contact})
            return redirect("customers:show", contact.pk)
    return render(request, "customers/new.html", {"form": form}, status=422 if form.errors else 200)


@owners
@require_safe
def export(request: htmx.Request) -> StreamingHttpResponse:
    """The list as it is filtered and sorted, as a CSV file that spreadsheets open well."""
    where, sort = _wanted(request)
    head = [
        _("Name"), _("E-mail"), _("Company"), _("City"), _("Country"), _("Stage"), _("Orders"),
        _("Net spend"), _("Profit"), _("Profit is estimated"), _("Currency"), _("Last order"),
        _("May be e-mailed"), _("Tags"),
    ]  # fmt: skip
    stages = {stage: str(words.stage(stage).text) for stage in Stage}
    said = (_("no"), _("yes"))
    currency = request.tenant.currency

    def cells(customers: list[Customer]) -> Iterator[list[Any]]:
        for one in customers:
            yield [
                one.name, one.email, one.company, one.city, one.country_code, stages[one.stage],
                one.orders_count, formats.amount(one.total_spent, currency),
                "" if one.profit is None else formats.amount(one.profit, currency),
                said[one.profit_is_estimated], currency,
                one.last_order_at.isoformat(timespec="seconds") if one.last_order_at else "",
                said[one.is_reachable], ", ".join(one.tags),
            ]  # fmt: skip

    return exporting.answer(
        tenant=request.tenant.schema_name,
        file_name=f"customers-{timezone.localdate().isoformat()}.csv",
        head=head,
        pages=lambda cursor: listing.page(
            where=where, sort=sort, cursor=cursor, size=exporting.ROWS_AT_A_TIME
        ),
        rows=cells,
    )


def _added(request: htmx.Request, said: dict[str, str]) -> Contact:
    """The contact at the address, described as far as something was said; both or neither."""
    at = timezone.now()
    with tenancy.atomic():
        contact = contacts.at_address(email=said["email"], evidence="staff", at=at)
        given = {name: value for name, value in said.items() if value and name != "email"}
        return contacts.describe(contact=contact.pk, words=given, at=at, actor_id=request.person.pk)


def _wanted(request: htmx.Request) -> tuple[Filter, Sort]:
    """Filter and order out of the address; what nobody knows is not asked for."""
    stage, sort = request.GET.get("stage", ""), request.GET.get("sort", "")
    where = Filter(
        words=lists.words(request),
        stage=Stage(stage) if stage in Stage.values else None,
        is_reachable=REACH.get(request.GET.get("reach", "")),
    )
    return where, Sort(sort) if sort in SORTS else Sort.SPEND


def rows(customers: Sequence[Customer], *, currency: str) -> list[dict[str, Any]]:
    """Rows ready to print: a filter for each cell would cost the page a quarter of its time."""
    address, stages = lists.addresses("customers:show"), {}
    drawn = []
    for one in customers:
        if one.stage not in stages:
            stages[one.stage] = words.spoken(words.stage(one.stage))
        name = one.name or one.email or _("Without a name")
        drawn.append(
            {
                "href": address(one.id),
                "hue": shown.hue(one.id),
                "initials": shown.initials(name),
                "name": name,
                "email": one.email if one.email != name else "",
                "stage": stages[one.stage],
                "orders_count": formats.number(one.orders_count),
                "total_spent": formats.money(one.total_spent, currency),
                "profit": shown.money(one.profit, currency),
                "profit_is_estimated": one.profit_is_estimated,
                "last_order_at": shown.ago(one.last_order_at),
                "tags": one.tags[:SHOWN_TAGS],
                "more_tags": max(len(one.tags) - SHOWN_TAGS, 0),
            }
        )
    return drawn


def _tabs(counts: dict[Stage | None, Count]) -> list[dict[str, Any]]:
    return [
        {"stage": stage, "text": text, "count": counted(counts[Stage(stage) if stage else None])}
        for stage, text in words.STAGE_TABS
    ]


def counted(count: Count) -> str:
    """ "417", or "99+" where counting stopped."""
    shown = formats.number(count.number)
    return f"{shown}+" if count.is_capped else shown


def _sentence(counts: dict[Stage | None, Count]) -> str:
    silent = counts[Stage.AT_RISK]
    if not silent.number:
        return _("Everyone who bought from you, from all your shops.")
    said = ngettext(
        "%(count)s customer has been silent for far longer than usual.",
        "%(count)s customers have been silent for far longer than usual.",
        silent.number,
    )
    return said % {"count": counted(silent)}
