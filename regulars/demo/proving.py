"""A demo shop's sender: its domain, entered at the local name server as an owner would at a registrar."""

import json
from datetime import datetime
from pathlib import Path

from django.conf import settings

from regulars.demo.post import Post
from regulars.integrations.email import domains, senders
from regulars.integrations.email.models import Sender, SendingDomain


def prove(*, post: Post, at: datetime) -> None:
    """Into the open tenant, once. Without a local name server the domain is added and not verified."""
    if Sender.objects.exists():
        return
    domain = next((each for each in domains.listed() if each.name == post.domain), None)
    domain = domain or domains.add(name=post.domain, at=at)
    if settings.DNS_FOLDER:
        _enter(domain)
        domain = domains.check(domain.pk, at=at)
    senders.change(
        name=post.from_name,
        address=f"{post.mailbox}@{post.domain}" if domain.verified_at else "",
        reply_to="",
        company=post.company,
        postal_address=post.postal_address,
        at=at,
    )


def _enter(domain: SendingDomain) -> None:
    folder = Path(settings.DNS_FOLDER)
    names = {record.host: {record.kind: [record.value]} for record in domains.wanted(domain)}
    part = folder / f"{domain.name}.part"
    part.write_text(json.dumps(names, indent=1))
    part.rename(folder / f"{domain.name}.json")
