"""The door for Stripe: verify, find whose it is, keep, answer. The worker asks Stripe afterwards."""

from uuid import UUID

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from regulars.billing import hints, outbox
from regulars.billing.models import Invoice, Subscription
from regulars.platform import inbox, tenancy
from regulars.platform.observability import DELIVERIES

log = structlog.get_logger(__name__)

KIND = "stripe"  # of delivery: reactions.py names who answers it
ENDPOINT = UUID("5c1fe000-0000-4000-8000-000000000001")  # one door for all tenants
MAX_BODY_BYTES = 512 * 1024
IDLE = "ignored"  # how an event that changes nothing is counted


@csrf_exempt
def receive(request: HttpRequest) -> HttpResponse:
    """One event. 200 kept, seen before, or none of ours; 400 not signed by Stripe; 404 no secret is set;
    413 too large; 503 the database is away.
    """
    answer = _answer(request)
    DELIVERIES.labels(KIND, answer.headers.pop("X-Counted-As", None) or answer.status_code).inc()
    return answer


receive.open_to = "everybody"  # type: ignore[attr-defined]


def _answer(request: HttpRequest) -> HttpResponse:
    secrets = [secret for secret in settings.STRIPE_WEBHOOK_SECRETS if secret.strip()]
    if not secrets:  # an HMAC under an empty secret can be made by anybody
        return _said("Nothing is here.", status=404)
    if request.method != "POST":
        return _said("Events are posted here.", status=405)
    raw: bytes = request.read(MAX_BODY_BYTES + 1)
    if len(raw) > MAX_BODY_BYTES:
        return _said("The body is larger than 512 KB.", status=413)
    at = timezone.now()
    try:
        signature = request.headers.get("Stripe-Signature", "")
        hint = hints.read(body=raw, signature=signature, secrets=secrets, at=at)
    except hints.NotStripes as refused:
        log.warning("event_not_genuine", why=str(refused))
        return _said(str(refused), status=refused.status)
    if not hint.is_heard:
        return _left_alone("Not one that is listened to.")
    if hint.is_live != hints.is_live_key(settings.STRIPE_API_KEY):
        log.warning("event_of_the_other_mode", event_id=hint.id, is_live=hint.is_live)
        return _left_alone("Of the other mode.")
    tenant = _whose(hint)
    if tenant is None:
        log.info("event_of_nobody", event_id=hint.id, kind=hint.kind)
        return _left_alone("Of nobody we know.")
    is_new = inbox.store(
        tenant=tenant,
        kind=KIND,
        endpoint_id=ENDPOINT,
        connection_id=None,
        topic=hint.kind,
        delivery_id=hint.id,
        headers={},
        body=raw,
        at=at,
    )
    return _said("Kept." if is_new else "Seen before.")


def _whose(hint: hints.Hint) -> str | None:
    """The schema of the tenant an event is about, by what we already know; asks nobody else."""
    with tenancy.shared():
        rows = Subscription.objects.values_list("tenant__schema_name", flat=True)
        if hint.customer:
            return rows.filter(customer_id=hint.customer).first()
        if not hint.object_id:
            return None
        billed = Invoice.objects.filter(remote_id=hint.object_id)
        return (
            rows.filter(remote_id=hint.object_id).first()
            or outbox.tenant_of_result(hint.object_id)
            or billed.values_list("tenant__schema_name", flat=True).first()
        )


def _left_alone(words: str) -> HttpResponse:
    answer = _said(words)
    answer.headers["X-Counted-As"] = IDLE
    return answer


def _said(words: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(words + "\n", status=status, content_type="text/plain")
