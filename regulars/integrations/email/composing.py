"""From what was written to the letter that goes out: the tenant's frame around it, its products filled in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from babel import Locale
from babel.numbers import format_currency
from django.utils import translation
from django.utils.translation import gettext as _

from regulars.crm_core.commerce.models import Product
from regulars.integrations.email.letters import blocks as written
from regulars.integrations.email.letters import letter
from regulars.integrations.email.models import Sender
from regulars.platform import tenancy
from regulars.tenants.models import Tenant

TERRITORIES = {"zh-hans": "zh_Hans_CN"}


def composed(
    *, subject: str, preview_text: str, blocks: Sequence[Mapping[str, Any]], is_only_looked_at: bool = False
) -> letter.Letter:
    """The letter as it would go out now. Raises BadBlocks and BadLetter, which say what is to be mended.

    One that is only looked at has words at its foot also where the tenant gave none yet.
    """
    parsed = written.parsed(list(blocks))
    frame = frame_of_tenant()
    if is_only_looked_at:
        with translation.override(frame.language):
            frame = replace(
                frame,
                company=frame.company or frame.brand,
                postal_address=frame.postal_address or _("Your postal address will stand here."),
            )
    wanted = {each for block in parsed if isinstance(block, written.Products) for each in block.ids}
    return letter.compiled(
        subject=subject,
        preview_text=preview_text,
        blocks=parsed,
        frame=frame,
        products=cards(wanted, language=frame.language),
    )


def frame_of_tenant() -> letter.Frame:
    """What stands around every mail of the open tenant."""
    schema, sender = tenancy.current(), Sender.objects.first()
    with tenancy.shared():
        name, language = Tenant.objects.values_list("name", "language").get(schema_name=schema)
    return letter.Frame(
        company=sender.company if sender else "",
        postal_address=sender.postal_address if sender else "",
        language=language,
        brand=name,
    )


def cards(ids: Iterable[UUID], *, language: str) -> dict[UUID, letter.ProductCard]:
    """How the products look in a mail. One that its shop took away is left out: it cannot be bought."""
    rows = Product.objects.filter(pk__in=set(ids), gone_at=None)
    return {
        row.pk: letter.ProductCard(id=row.pk, title=row.title, price=_price(row, language)) for row in rows
    }


def _price(product: Product, language: str) -> str:
    if product.price is None:
        return ""
    code = TERRITORIES.get(language.lower(), language)
    locale = Locale.parse(code, sep="_" if "_" in code else "-")
    return format_currency(product.price, product.currency, locale=locale)
