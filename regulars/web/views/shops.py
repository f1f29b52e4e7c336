"""The shops: how each is doing, connecting one, what could not be understood, parting."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from regulars.integrations.shop import connections
from regulars.platform import errors, inbox, tenancy
from regulars.tenants import endpoints
from regulars.tenants.models import Role
from regulars.web import htmx, once, shop_cards, toasts
from regulars.web.access import members, owners
from regulars.web.forms.shops import PushForm, WooCommerceForm

FORMS: dict[str, type[WooCommerceForm] | type[PushForm]] = {"woocommerce": WooCommerceForm, "push": PushForm}
EXAMPLE_BODY = (
    '{"orders": [{"id": "1", "number": "1", "status": "completed", "currency": "%s", "total": "12.00",'
    ' "ordered_at": "%s", "changed_at": "%s",'
    ' "customer": {"email": "robin@example.com", "first_name": "Robin"},'
    ' "lines": [{"id": "1", "title": "Green tea", "quantity": "1", "unit_price": "12.00",'
    ' "total": "12.00"}]}]}'
)


@members
@require_safe
@vary_on_headers("HX-Request")
def index(request: htmx.Request) -> HttpResponse:
    tenant = request.tenant.schema_name
    cards = shop_cards.cards(tenant=tenant, shops=connections.standing(), at=timezone.now())
    page = {"shops": cards, "is_reading": any(card.readings for card in cards), "sentence": _sentence(cards)}
    return render(request, htmx.template(request, page="shops/index.html", part="rows"), page)


@owners
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: htmx.Request) -> HttpResponse:
    """One page a kind of shop: the keys are tried before anything is kept."""
    kind = request.POST.get("kind") or request.GET.get("kind") or "woocommerce"
    kind = kind if kind in FORMS else "woocommerce"
    form = FORMS[kind](request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid() and (answer := _connected(request, kind, form)) is not None:
            return answer
        status = 422
    page = {
        "form": form,
        "kind": kind,
        "is_woocommerce": kind == "woocommerce",
        "is_push": kind == "push",
    }
    return render(request, "shops/new.html", page, status=status)


@members
@never_cache
@require_safe
@vary_on_headers("HX-Request")
def show(request: htmx.Request, connection_id: UUID) -> HttpResponse:
    connection, tenant, at = connections.found(connection_id), request.tenant.schema_name, timezone.now()
    card = shop_cards.cards(tenant=tenant, shops=[connection], at=at)[0]
    hook_url = endpoints.url_of(connection_id=connection_id)
    is_push = connection.kind == "push"
    page = {
        "shop": card,
        "hook_url": hook_url,
        "hooks_words": _hooks_words(connection.hooks, is_push=is_push),
        "secret": "" if htmx.wants_part(request) else once.taken(request, name=f"shop:{connection_id}"),
        "dead": inbox.dead_letters(tenant=tenant, connection_id=connection_id) if card.dead else [],
        "may_change": request.membership.role == Role.OWNER,
        "example": _example(hook_url, currency=request.tenant.currency) if is_push else "",
    }
    return render(request, htmx.template(request, page="shops/show.html", part="health"), page)


@owners
@require_POST
def replay(request: htmx.Request, connection_id: UUID) -> HttpResponse:
    """Give this shop's dead letters their attempts back, after their cause was mended."""
    connections.found(connection_id)
    with tenancy.shared():
        count = inbox.replay(
            tenant=request.tenant.schema_name, connection_id=connection_id, at=timezone.now()
        )
    said = ngettext("%(count)s delivery is tried again.", "%(count)s deliveries are tried again.", count)
    toasts.say(request, message=said % {"count": count})
    return redirect("shops:show", connection_id)


@owners
@require_POST
def change_secret(request: htmx.Request, connection_id: UUID) -> HttpResponse:
    secret = connections.change_signing_secret(connection_id=connection_id, at=timezone.now())
    once.keep(request, name=f"shop:{connection_id}", secret=secret)
    toasts.say(request, message=_("The new secret is in force."))
    return redirect("shops:show", connection_id)


@owners
@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: htmx.Request, connection_id: UUID) -> HttpResponse:
    connection = connections.found(connection_id)
    if request.method != "POST":
        return render(request, "shops/disconnect.html", {"shop": connection})
    connections.disconnect(connection_id=connection_id, actor_id=request.person.pk, at=timezone.now())
    toasts.say(request, message=_("%(shop)s is disconnected.") % {"shop": connection.name})
    return redirect("shops:index")


def _connected(request: htmx.Request, kind: str, form: WooCommerceForm | PushForm) -> HttpResponse | None:
    words: dict[str, Any] = form.cleaned_data
    try:
        connection = connections.connect(
            kind=kind,
            name=words["name"],
            url=words["url"],
            key=words.get("key", ""),
            secret=words.get("secret", ""),
            actor_id=request.person.pk,
            at=timezone.now(),
        )
    except errors.Refused as refused:
        form.add_error(None, str(refused))
        return None
    if kind == "push":
        once.keep(request, name=f"shop:{connection.pk}", secret=connection.door().signing_secrets[0])
    toasts.say(request, message=_("%(shop)s is connected.") % {"shop": connection.name})
    return redirect("shops:show", connection.pk)


def _sentence(cards: list[shop_cards.Card]) -> str:
    troubled = [card for card in cards if card.problem or card.dead]
    if troubled:
        said = ngettext("%(count)s shop needs you.", "%(count)s shops need you.", len(troubled))
        return said % {"count": len(troubled)}
    if any(card.readings for card in cards):
        return _("Past orders are being read. You can go on working meanwhile.")
    return _("All is well: orders arrive as they are placed.")


def _hooks_words(hooks: list[dict[str, str]], *, is_push: bool) -> str:
    if is_push:
        return _("Your shop posts its orders here.")
    if not hooks:
        return _("Enter it at your shop as the delivery address of its webhooks.")
    said = ngettext(
        "We set %(count)s webhook up at your shop.", "We set %(count)s webhooks up at your shop.", len(hooks)
    )
    return said % {"count": len(hooks)}


def _example(hook_url: str, *, currency: str) -> str:
    """Signed by openssl, so that it runs anywhere curl does. Standard Webhooks 1.0."""
    moment = timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    body = EXAMPLE_BODY % (currency, moment, moment)
    return "\n".join(
        [
            "SECRET='whsec_…'",
            f"BODY='{body}'",
            "ID=first-order; NOW=$(date +%s)",
            'KEY=$(printf %s "${SECRET#whsec_}" | base64 -d | od -An -vtx1 | tr -d " \\n")',
            'SIGNED=$(printf %s "$ID.$NOW.$BODY" |'
            " openssl dgst -sha256 -mac HMAC -macopt hexkey:$KEY -binary | base64)",
            f"curl -X POST {hook_url} -H 'Content-Type: application/json' \\",
            '  -H "webhook-id: $ID" -H "webhook-timestamp: $NOW" -H "webhook-signature: v1,$SIGNED" \\',
            '  -d "$BODY"',
        ]
    )
