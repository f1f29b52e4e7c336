"""The door for shops: verify, store, answer. Everything else happens after the commit."""

from collections.abc import Mapping

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from regulars.integrations.shop.connector import Connector, Door, Genuine, NotGenuine, Unreadable, header
from regulars.integrations.shop.connectors import CONNECTORS
from regulars.platform import inbox
from regulars.platform.observability import DELIVERIES
from regulars.tenants import endpoints

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 2 * 1024 * 1024
KIND = "shop"  # of delivery: reactions.py names who answers it


@csrf_exempt
def receive(request: HttpRequest, key: str) -> HttpResponse:
    """One delivery. 200 kept (or seen before, or a ping), 401 not signed by this shop, 404 no such door,
    413 too large, 400 only where the shop's adapter tells bad shapes at once, 503 the database is away.
    """
    answer = _answer(request, key)
    DELIVERIES.labels(KIND, answer.status_code).inc()
    return answer


receive.open_to = "everybody"  # type: ignore[attr-defined]


def _answer(request: HttpRequest, key: str) -> HttpResponse:
    if request.method != "POST":
        return _said("Deliveries are posted here.", status=405)
    raw = _body(request)
    if raw is None:
        return _said("The body is larger than 2 MB.", status=413)
    try:
        found = endpoints.door(key)
    except endpoints.UnknownEndpoint as refused:
        return _said(str(refused), status=404)
    connector = CONNECTORS[found.kind]
    door = Door(signing_secrets=found.secrets)
    at = timezone.now()
    try:
        word = connector.verify(door=door, headers=request.headers, raw=raw, at=at)
    except NotGenuine as refused:
        log.warning("delivery_not_genuine", tenant=found.tenant, connection=str(found.connection_id))
        return _said(str(refused), status=401)
    if not isinstance(word, Genuine):
        return _said("Somebody is here.")
    if connector.answers_bad_bodies and (problem := _problem(connector, door, request, raw)):
        return problem
    is_new = inbox.store(
        tenant=found.tenant,
        kind=KIND,
        endpoint_id=found.id,
        connection_id=found.connection_id,
        topic=word.topic,
        delivery_id=word.delivery_id,
        headers=_kept(connector, request.headers),
        body=raw,
        at=at,
    )
    return _said("Kept." if is_new else "Seen before.")


def _body(request: HttpRequest) -> bytes | None:
    """The raw body; None when it is too large, told by its header before it is read where there is one."""
    try:
        told = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return None
    if told > MAX_BODY_BYTES:
        return None
    raw: bytes = request.read(MAX_BODY_BYTES + 1)
    return raw if len(raw) <= MAX_BODY_BYTES else None


def _problem(connector: Connector, door: Door, request: HttpRequest, raw: bytes) -> HttpResponse | None:
    try:
        connector.parse(door=door, headers=request.headers, raw=raw)
    except Unreadable as refused:
        return JsonResponse({"title": str(refused), "problems": list(refused.problems)}, status=400)
    return None


def _kept(connector: Connector, headers: Mapping[str, str]) -> dict[str, str]:
    return {name: word for name in connector.kept_headers if (word := header(headers, name))}


def _said(words: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(words + "\n", status=status, content_type="text/plain")
