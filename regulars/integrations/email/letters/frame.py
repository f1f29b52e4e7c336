"""What stands around every mail, and what a product looks like in one."""

from dataclasses import dataclass
from uuid import UUID

from regulars.platform import errors


class BadLetter(errors.Invalid):
    """A mail that cannot be compiled: an unknown personal value, a link elsewhere, a product that is gone."""

    code = "bad_letter"


@dataclass(frozen=True, kw_only=True)
class Frame:
    """``brand`` is the name at the head of each mail; ``language`` that of the words we add (``zh-hans``)."""

    company: str
    postal_address: str
    language: str
    brand: str


@dataclass(frozen=True, kw_only=True)
class ProductCard:
    """``price`` is written as a reader reads it; without ``url`` the card leads nowhere."""

    id: UUID
    title: str
    price: str
    url: str = ""
    image_url: str = ""
