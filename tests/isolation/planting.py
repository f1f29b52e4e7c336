"""Rows in every tenant table, with one word in every text: whoever shows the word has shown the row.

Made from the models. ``same`` is a set of rows with keys, numbers and addresses that the other tenant has
too; ``own`` is a second set, with keys that nobody else has.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import NAMESPACE_URL, UUID, uuid5

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from regulars.platform import tenancy
from regulars.platform.fields import EncryptedJSONField

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAME, OWN = "same", "own"
DAYS = {SAME: 0, OWN: 1}

# Texts that a format, a choice made elsewhere or equality between the tenants forbids to hold the word.
# Everything else that is text holds it; a field whose check refuses the word fails here until it has a line.
TEXTS = {
    "contact.email": "{set}@example.com",
    "contact.country_code": "DE",
    "contact.source": "shop",
    "consent.ground": "checkbox at checkout {word}",
    "customers.link.kind": "email",
    "customers.link.value": "{set}@example.com",
    "order.email": "{set}@example.com",
    "order.number": "1001-{set}",
    "order.origin": "webhook",
    "order.raw_hash": "",
    "import.state": "finished",
    "import.file_sha256": "",
    "import.mapping": "orders",
    "recipient.email": "{set}@example.com",
    "email.link.url": "https://example.com/{word}",
    "sender.address": "",
    "sender.reply_to": "",
    "sendingdomain.name": "{word}-{set}.example",
    "sendingdomain.selector": "r1",
    "connection.kind": "push",
    "connection.url": "https://{word}.example",
    "campaign.from_address": "news@example.com",
    "campaign.reply_to": "",
    "cursor.kind": "orders",
    "touch.kind": "open",
    "touch.verdict": "person",
    "attribution.rule": "click",
    "suppression.email_hash": "{set}",
    "effect.said_hash": "",
    "fact.name": "contact.appeared",
    "fact.origin": "staff",
    "saleentry.kind": "sale",
    "email.touch.agent": "{word}",
}
# Values that are no plain text.
OTHERS = {
    "fact.after": lambda word: {"name": word, "body": word},
    "segment.rules": lambda word: {"all": [{"field": "city", "is": "equals", "value": word}]},
    "campaign.blocks": lambda word: [{"kind": "text", "markdown": word}],
    "campaign.rules": lambda word: None,
    "campaign.letter": lambda word: None,
    "sendingdomain.findings": lambda word: {},
    "connection.hooks": lambda word: [],
    "connection.credentials": lambda word: {"key": word, "signing_secrets": [f"whsec_{word}"]},
    "customermetrics.elsewhere": lambda word: {},
    "import.totals": lambda word: {},
    "cursor.position": lambda word: {"note": word},
    "recipient.state": lambda word: 2,
    "sendingdomain.verified_at": lambda word: NOON,
}
SPENT = {"tenants_handover"}  # tokens that the tests themselves make
SINGLES = {"assumptions", "sender"}  # tables of one row


def tenant_models():
    """The models of every tenant table, those that are named by others first."""
    rooms = set(settings.TENANT_APPS)
    found, waiting = (
        [],
        [
            model
            for model in apps.get_models(include_auto_created=True)
            if model._meta.app_config.name in rooms
        ],
    )
    while waiting:
        ready = [model for model in waiting if not (_named(model) - {model}) & set(waiting)]
        found += ready
        waiting = [model for model in waiting if model not in ready]
    return found


def plant(word, *sets):
    """Fill the open tenant: {set: {model's label: row}}."""
    return {name: {m._meta.label: row for m, row in _set(word, name).items()} for name in sets}


def key(model, word, name):
    """The UUID of a model's row in a set."""
    whose = "everybody" if name == SAME else word
    return uuid5(NAMESPACE_URL, f"{model._meta.label}:{whose}")


def texts(model):
    """The fields that hold the word."""
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not field.choices
        and not field.primary_key
        and "currency" not in field.name
        and "{word}" in _line(field, TEXTS, "{word}")
        and not getattr(field, "generated", False)
    ]


def _set(word, name):
    made = {}
    for model in tenant_models():
        if model._meta.model_name in SINGLES and name == OWN:
            continue
        values = {}
        for field in model._meta.concrete_fields:
            value = _value(field, word, name, made)
            if value is not NOTHING:
                values[field.attname] = value
        made[model] = model._default_manager.create(**values)
    return made


NOTHING = object()  # the field's own default


def _value(field, word, name, made):
    model = field.model
    if getattr(field, "generated", False):
        return NOTHING
    if field.remote_field is not None:
        return made[field.related_model].pk if field.related_model in made else None
    if (other := _line(field, OTHERS, None)) is not None:
        return other(word)
    if isinstance(field, models.UUIDField):
        return _uuid(field, model, word, name, made)
    if field.primary_key:
        return 1 if model._meta.model_name in SINGLES else NOTHING
    if isinstance(field, models.CharField | models.TextField):
        return _text(field, word, name)
    if isinstance(field, ArrayField):
        return [word]
    if field.null or (field.has_default() and not isinstance(field, models.DecimalField)):
        return NOTHING
    return _plain(field, word, name)


def _uuid(field, model, word, name, made):
    if field.primary_key:
        return key(model, word, name)
    named = field.name.removesuffix("_id")
    return next((row.pk for other, row in made.items() if other._meta.model_name == named), None) or (
        None if field.null else UUID(int=1 + DAYS[name])
    )


def _text(field, word, name):
    line = _line(field, TEXTS, None)
    if line is not None:
        return line.format(word=word, set=name)
    if field.choices:
        return NOTHING if field.has_default() else field.choices[0][0]
    if "currency" in field.name:
        return "EUR"
    if field.max_length is not None and field.max_length < len(word) + 5:
        raise AssertionError(f"{_name(field)} is too short for {word}: give it a line in TEXTS")
    return f"{word}-{name}"


def _plain(field, word, name):
    at = NOON + timedelta(days=DAYS[name])
    kinds = {
        models.DateTimeField: at,
        models.DateField: date(2026, 3, 1 + DAYS[name]),
        models.DecimalField: Decimal(1),
        models.BooleanField: True,
        models.IntegerField: 1,
        EncryptedJSONField: {"note": word},
        models.BinaryField: word.encode(),
        models.JSONField: {"note": word},
    }
    for kind, value in kinds.items():
        if isinstance(field, kind):
            return value
    raise AssertionError(
        f"{_name(field)} is of a kind that nobody plants yet: add it to tests/isolation/planting.py"
    )


def _line(field, table, default):
    label, model = field.model._meta.app_label, field.model._meta.model_name
    for name in (f"{label}.{model}.{field.name}", f"{model}.{field.name}"):
        if name in table:
            return table[name]
    return default


def _name(field):
    return f"{field.model._meta.label}.{field.name}"


def _named(model):
    return {field.related_model for field in model._meta.concrete_fields if field.remote_field is not None}


def fingerprint(schema):
    """What stands in every table of a tenant, and in every shared row that is its own; equal before and after
    when nothing has changed."""
    with tenancy.opened(schema):
        own = tenancy.rows(_sums((model._meta.db_table, "") for model in tenant_models()))
    with tenancy.shared():
        return own, tenancy.rows(_sums(_shared_tables()), {"schema": schema})


def _shared_tables():
    """(table, whose rows) of the shared tables with a tenant in each row."""
    mine = "SELECT id FROM tenants_tenant WHERE schema_name = %(schema)s"
    yield "tenants_tenant", "WHERE schema_name = %(schema)s"
    for model in apps.get_models():
        by = {field.name: field for field in model._meta.concrete_fields}.get("tenant")
        if by is not None and model._meta.db_table not in SPENT:
            is_key = by.remote_field is not None
            yield (
                model._meta.db_table,
                f"WHERE tenant_id IN ({mine})" if is_key else "WHERE tenant = %(schema)s",
            )


def _sums(tables):
    rows = (
        "SELECT '{0}', count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {0} t {1}"
    )
    return " UNION ALL ".join(rows.format(*each) for each in sorted(tables))
