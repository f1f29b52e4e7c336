"""The mail of the bench ``send``, sent our way and Django's."""

import contextlib
from datetime import UTC, datetime
from uuid import UUID

import dkim
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from regulars.integrations.email.letters import blocks, letter, message, signing
from regulars.integrations.email.providers.smtp import Smtp

DOMAIN, SELECTOR = "leaf.example", "r1"
PARAGRAPH = (
    "Dear {{ first_name|friend }}, the spring pickings have arrived, and we thought of {{ city|your town }}. "
    "Have a look at [what is new](https://leaf.example/new/%d) before it is gone, {{ name }}. "
)
PRODUCTS = [UUID(int=number, version=4) for number in range(1, 10)]
CARDS = {
    product: letter.ProductCard(
        id=product,
        title=f"Oolong {number}",
        price="€12.00",
        url=f"https://leaf.example/oolong-{number}",
        image_url=f"https://leaf.example/oolong-{number}.jpg",
    )
    for number, product in enumerate(PRODUCTS)
}
BLOCKS = [
    {"kind": "heading", "text": "Spring teas for {{ first_name|you }}"},
    *({"kind": "text", "markdown": PARAGRAPH % number * 2} for number in range(6)),
    {"kind": "button", "text": "To the shop, {{ first_name|friend }}", "url": "https://leaf.example/"},
    {"kind": "products", "ids": [str(product) for product in PRODUCTS]},
]
FRAME = letter.Frame(
    company="Leaf & Kiln", postal_address="4 Kiln Street", language="en", brand="Leaf & Kiln"
)
HEADERS = [
    b"From",
    b"To",
    b"Subject",
    b"Date",
    b"Message-ID",
    b"MIME-Version",
    b"Content-Type",
    b"List-Unsubscribe",
    b"List-Unsubscribe-Post",
]


class SigningBackend(EmailBackend):
    """Django's own, but for the signature in front of what it sends."""

    key = b""

    def _send(self, email_message):
        wire = email_message.message().as_bytes(linesep="\r\n")
        if self.key:
            wire = (
                dkim.sign(
                    wire,
                    SELECTOR.encode(),
                    DOMAIN.encode(),
                    self.key,
                    canonicalize=(b"relaxed", b"simple"),
                    include_headers=HEADERS,
                )
                + wire
            )
        self.connection.sendmail(email_message.from_email, email_message.recipients(), wire)
        return True


class Work:
    def __init__(self, port):
        private, self.public = signing.new_key()
        self.signer = signing.Signer(domain=DOMAIN, selector=SELECTOR, private_key_pem=private)
        self.letter = letter.compiled(
            subject="News for {{ first_name|you }}",
            preview_text="Spring",
            blocks=blocks.parsed(BLOCKS),
            frame=FRAME,
            products=CARDS,
        )
        self.stack = contextlib.ExitStack()
        self.session = self.stack.enter_context(Smtp(host="127.0.0.1", port=port).session())
        self.backends = {}
        for is_signed in (True, False):
            backend = SigningBackend(host="127.0.0.1", port=port)
            backend.key = private.encode() if is_signed else b""
            backend.open()
            self.stack.callback(backend.close)
            self.backends[is_signed] = backend
        self.html = message.preview(
            self.letter, values={"first_name": "#first#", "name": "#name#", "city": "#city#"}
        )
        mail = self.built(0, signer=self.signer)
        assert dkim.verify(mail, dnsfunc=lambda name, timeout=5: b"v=DKIM1; k=rsa; p=" + self.public.encode())

    def built(self, number, *, signer=None):
        token = f"AbCdEf{number:010d}0123456789012345678"
        name = f"Anna{number}"
        at = datetime(2026, 11, 26, 9, number // 60 % 60, number % 60, tzinfo=UTC)
        return message.built(
            self.letter,
            to=f"anna{number}@example.com",
            to_name=f"{name} Müller",
            values={"first_name": name, "name": f"{name} Müller", "city": "York"},
            addresses=message.Addresses(
                links=[
                    f"https://leaf.regulars.example/m/c/{token}{each}"
                    for each in range(len(self.letter.links))
                ],
                unsubscribe=f"https://leaf.regulars.example/m/u/{token}",
                one_click=f"https://leaf.regulars.example/m/u/{token}",
                pixel=f"https://leaf.regulars.example/m/o/{token}.gif",
            ),
            stamp=message.Stamp(
                from_name="Leaf & Kiln",
                from_address="hello@leaf.example",
                reply_to="",
                message_id=f"<{token}@leaf.example>",
                feedback_id="c:t",
                at=at,
                unsubscribe_mailto="",
            ),
            signer=signer,
        )

    def ours(self, number, *, is_signed):
        mail = self.built(number, signer=self.signer if is_signed else None)
        self.session.deliver(sender=f"b{number}@leaf.example", to=f"anna{number}@example.com", message=mail)

    def theirs(self, number, *, is_signed):
        html = (
            self.html.replace("#first#", f"Anna{number}")
            .replace("#name#", f"Anna{number} Müller")
            .replace("#city#", "York")
        )
        url = f"https://leaf.regulars.example/m/u/{number}"
        mail = EmailMultiAlternatives(
            subject=f"News for Anna{number}",
            body=f"Dear Anna{number}, the spring pickings have arrived.",
            from_email="Leaf & Kiln <hello@leaf.example>",
            to=[f"Anna{number} Müller <anna{number}@example.com>"],
            headers={"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        )
        mail.attach_alternative(html, "text/html")
        assert self.backends[is_signed].send_messages([mail]) == 1

    def rsa(self, number):
        self.signer.key.sign(b"%0600d" % number, padding.PKCS1v15(), hashes.SHA256())

    def close(self):
        self.stack.close()
