"""Two tenants with equal keys, numbers and addresses; one word stands in every text of the one."""

from dataclasses import dataclass

import pytest
from django.utils import timezone

from regulars.integrations.email.tokens import Maker
from regulars.platform import ids, inbox, tenancy
from regulars.platform.models import Delivery
from regulars.tenants import accounts, endpoints, keys
from regulars.tenants.models import ApiKey, Invitation, Membership, Person, Tenant
from regulars.tenants.moving import Export
from tests.fakes.name_servers import NameServer
from tests.isolation import planting
from tests.isolation.planting import OWN, SAME

CANARY = "zaunkoenig"  # the victim's word
OURS = "amselruf"  # the intruder's
SECRETS = {CANARY: "whsec_" + "A" * 32, OURS: "whsec_" + "B" * 32}
CAUGHT = {CANARY: "1760000000000000001-1-1", OURS: "1760000000000000002-1-1"}
LETTER = """\
From: {word} <a@example.com>
To: {word}
Subject: {word}
X-Regulars-Tenant: {schema}
Content-Type: text/html

<p>{word}</p>
"""


@dataclass
class Side:
    """One tenant: its rows, a person who owns it, a key to its interfaces, a door for its shop."""

    word: str
    tenant: Tenant
    rows: dict
    person: Person
    hook: str
    key_id: str
    shared_keys: dict  # of rows in the public schema that belong to this tenant

    @property
    def schema(self):
        return self.tenant.schema_name

    @property
    def host(self):
        return f"{self.tenant.slug}.localhost"

    def row(self, label, which=SAME):
        return self.rows[which][label]

    def make_key(self):
        """A new key that may everything, so that no test empties another's bucket."""
        with tenancy.opened(self.schema):
            return keys.make(name=self.word, scopes=keys.SCOPES, at=timezone.now())

    def mail_token(self, purpose, which=SAME):
        with tenancy.opened(self.schema):
            return Maker().token(purpose, recipient=self.row("email.Recipient", which).pk, link=1)

    def hand_over(self):
        with tenancy.shared():
            return accounts.hand_over(person=self.person, tenant=self.tenant, at=timezone.now())


@dataclass
class World:
    victim: Side
    intruder: Side
    before: object = None

    def remember(self):
        """From here on nothing of the victim's may change."""
        self.before = planting.fingerprint(self.victim.schema)


def make_side(tenant, word, *sets):
    with tenancy.opened(tenant.schema_name):
        rows = planting.plant(word, *sets)
        door = {"kind": "push", "signing_secrets": [SECRETS[word]], "at": timezone.now()}
        hooks = [endpoints.open_for(connection_id=rows[each]["shop.Connection"].pk, **door) for each in sets]
        keys.make(name=word, at=timezone.now())
    keep_dead_letter(tenant.schema_name, rows[SAME]["shop.Connection"].pk, word)
    with tenancy.shared():
        person = Membership.objects.select_related("person").get(tenant=tenant).person
        key_id = str(ApiKey.objects.get(tenant=tenant).pk)
        invited = Invitation.objects.create(
            tenant=tenant, email=f"{word}@invited.example", role="staff",
            token_hash=f"{word}{ids.token()}"[:64], made_at=timezone.now(), invited_by=person,
        )  # fmt: skip
        keys_there = {"invitation": invited.pk, "membership": tenant.memberships.get().pk}
        exported = Export.objects.create(
            tenant=tenant, asked_by=person.pk, asked_at=timezone.now(), ready_at=timezone.now()
        )
        keys_there["export"] = exported.pk
    return Side(word, tenant, rows, person, hooks[0], key_id, keys_there)


def keep_dead_letter(schema, connection_id, word):
    with tenancy.shared():
        inbox.store(
            tenant=schema, kind="shop", endpoint_id=ids.new(), connection_id=connection_id, topic=word,
            delivery_id=word, headers={}, body=word.encode(), at=timezone.now(),
        )  # fmt: skip
        Delivery.objects.filter(tenant=schema).update(error=word, dead_at=timezone.now())


@pytest.fixture(scope="class")
def world(standing_tenant):
    victim = make_side(standing_tenant(name=CANARY), CANARY, SAME, OWN)
    intruder = make_side(standing_tenant(name=OURS), OURS, SAME)
    return World(victim, intruder)


@pytest.fixture
def outside(world, tmp_path, settings):
    """What lies outside the database: a name server that answers at once, and caught mails of both."""
    settings.MAIL_CATCHER_FOLDER = str(tmp_path)
    for side in (world.victim, world.intruder):
        letter = LETTER.format(word=side.word, schema=side.schema)
        (tmp_path / f"{CAUGHT[side.word]}.eml").write_text(letter)
    with NameServer(tmp_path) as server:
        server.says({})
        settings.DNS_RESOLVER = server.address
        yield


@pytest.fixture
def covered(record_property):
    """Says how many entries a test went through; the run's last lines tell it."""
    return lambda count, what: record_property("covered", f"{count} {what}")
