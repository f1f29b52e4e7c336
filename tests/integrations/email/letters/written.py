"""Letters for tests."""

from dataclasses import replace as replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from functools import cache
from uuid import UUID

from regulars.integrations.email.letters import blocks, letter, message, signing

FRAME = letter.Frame(
    company="Leaf & Kiln Ltd", postal_address="1 High Street\nYork", language="en", brand="Leaf & Kiln"
)
CUP = UUID("01890000-0000-7000-8000-000000000001")
AT = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
EVERY_KIND = [
    {"kind": "heading", "text": "Hello {{ first_name|there }}"},
    {"kind": "text", "markdown": "Dear **{{ name }}**, our [new teas](https://leaf.example/new?a=1&b=2)."},
    {
        "kind": "image",
        "url": "https://leaf.example/a.png",
        "alt": "A pot",
        "link": "https://leaf.example/pot",
    },
    {"kind": "button", "text": "To the shop", "url": "https://leaf.example/"},
    {"kind": "products", "ids": [str(CUP)]},
    {"kind": "divider"},
    {"kind": "spacer"},
]
CARDS = {
    CUP: letter.ProductCard(id=CUP, title="Cup <1>", price="€12.00", url="https://leaf.example/cup"),
}
STAMP = message.Stamp(
    from_name="Leaf & Kiln",
    from_address="hello@leaf.example",
    reply_to="",
    message_id="<1@leaf.example>",
    feedback_id="campaign:tenant",
    at=AT,
    unsubscribe_mailto="stop@leaf.example",
)


def text(markdown):
    return [{"kind": "text", "markdown": markdown}]


def compiled(rows=None, *, subject="News", preview_text="", frame=FRAME, products=CARDS):
    return letter.compiled(
        subject=subject,
        preview_text=preview_text,
        blocks=blocks.parsed(EVERY_KIND if rows is None else rows),
        frame=frame,
        products=products,
    )


def addresses(made, *, mark="t"):
    return message.Addresses(
        links=[f"https://tea.example/m/c/{mark}{number}?a=1&b=2" for number in range(len(made.links))],
        unsubscribe=f"https://tea.example/m/u/{mark}",
        one_click=f"https://tea.example/m/u/{mark}",
        pixel=f"https://tea.example/m/o/{mark}.gif",
    )


def built(made, *, to="anna@example.com", to_name="Anna", values=None, stamp=STAMP, signer=None):
    return message.built(
        made,
        to=to,
        to_name=to_name,
        values=values or {},
        addresses=addresses(made),
        stamp=stamp,
        signer=signer,
    )


def read(mail):
    """As a mail program reads it: the message, its plain text and its HTML."""
    found = message_from_bytes(mail, policy=policy.default)
    plain, html = found.iter_parts()
    return found, plain.get_content(), html.get_content()


@cache
def keys():
    return signing.new_key()


def signer():
    return signing.Signer(domain="leaf.example", selector="r1", private_key_pem=keys()[0])
