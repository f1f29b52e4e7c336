"""Who is who: addresses, phone numbers and names in a form that can be compared. Pure, no rows.

An e-mail address that speaks of nobody, or of a marketplace instead of a buyer, is no address: were it one,
it would fold strangers into one person.
"""

import re
import unicodedata

MAX_EMAIL_CHARACTERS = 254
MAX_LABEL_CHARACTERS = 63
MIN_PHONE_DIGITS = 7
MAX_PHONE_DIGITS = 15  # ITU-T E.164
MAX_COUNTRY_DIGITS = 3  # ITU-T E.164

# What shops and eraser tools write where there is no address.
PLACEHOLDERS = frozenset(
    {
        "deleted@site.invalid",  # WordPress' eraser writes the same for everybody
        "guest@guest.com",
        "guest@example.com",
        "no@email.com",
        "no-email@example.com",
        "noemail@noemail.com",
        "none@none.com",
        "noreply@example.com",
        "test@test.com",
        "unknown@unknown.com",
    }
)
# Reserved (RFC 2606, RFC 6761, RFC 6762): nobody has an address there. ``.example`` and ``example.com`` are
# reserved too, but people show and test with them, so they count.
PLACEHOLDER_DOMAINS = ("invalid", "localhost", "local", "localdomain", "test.invalid")
# Relays of marketplaces: an address there stands for one sale, and the next sale gets another.
RELAYS = (
    "marketplace.amazon.com", "marketplace.amazon.ca", "marketplace.amazon.cn", "marketplace.amazon.co.jp",
    "marketplace.amazon.co.uk", "marketplace.amazon.com.au", "marketplace.amazon.com.br",
    "marketplace.amazon.com.mx", "marketplace.amazon.de", "marketplace.amazon.es", "marketplace.amazon.fr",
    "marketplace.amazon.in", "marketplace.amazon.it", "marketplace.amazon.nl", "marketplace.amazon.pl",
    "marketplace.amazon.se", "members.ebay.com", "members.ebay.co.uk", "members.ebay.de",
    "mail.aliexpress.com", "scs.tiktokw.us", "scs2.tiktok.com", "relay.walmart.com",
    "mktp.cdiscount.com", "marketplace.kaufland.de", "message.manomano.com",
)  # fmt: skip
ERASED_DOMAIN = "erased.invalid"

_HAN_NAME = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff·•]+")
_KANA_OR_HANGUL_NAME = re.compile(r"[\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af々ー]+")
_LOCAL_PART = re.compile(r"[^\s@\"(),:;<>\[\]\\\x00-\x20\x7f]{1,64}")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


def email(written: str) -> str:
    """An address as it is compared: trimmed, lower case, the domain in ASCII (IDNA). ``""`` when it is none.

    Placeholders and marketplaces' relays are none. Dots and plus signs before the @ are kept: whether they
    matter is the provider's affair (RFC 5321, 2.3.11).
    """
    local, at, domain = unicodedata.normalize("NFKC", written).strip().lower().rpartition("@")
    if not at or not _LOCAL_PART.fullmatch(local):
        return ""
    domain = _ascii_domain(domain)
    address = f"{local}@{domain}"
    if not domain or len(address) > MAX_EMAIL_CHARACTERS or is_placeholder(address):
        return ""
    return address


def is_placeholder(address: str) -> bool:
    """Whether a lower-case address speaks of nobody, or of a marketplace."""
    domain = address.rpartition("@")[2]
    nobody = any(domain == each or domain.endswith(f".{each}") for each in PLACEHOLDER_DOMAINS)
    return address in PLACEHOLDERS or nobody or domain in RELAYS


def stand_in(key: object) -> str:
    """What stands where the address of an erased person stood: keeps rows apart, is never an address."""
    return f"erased-{key}@{ERASED_DOMAIN}"


def is_stand_in(address: str) -> bool:
    return address.endswith(f"@{ERASED_DOMAIN}")


def phone(written: str) -> str:
    """A number as it is compared: digits, with ``+`` in front when the country is told; ``""`` for none.

    ``00`` is read as ``+``. Without a country two numbers may look alike in two countries, and people
    share phones: so a number suggests, and never links.
    """
    text = unicodedata.normalize("NFKC", written).strip()
    digits = "".join(str(unicodedata.digit(sign)) for sign in text if sign.isdigit())
    is_international = text.startswith("+")
    if not is_international and digits.startswith("00"):
        digits, is_international = digits[2:], True
    if is_international and "(0)" in text.replace(" ", ""):
        digits = _without_trunk_zero(text, digits)
    if not MIN_PHONE_DIGITS <= len(digits) <= MAX_PHONE_DIGITS:
        return ""
    return f"+{digits}" if is_international else digits


def is_same_phone(one: str, other: str) -> bool:
    """Whether two numbers, as written, may be one: ``0171 12…`` and ``+49 171 12…`` may."""
    first, second = phone(one), phone(other)
    if not first or not second:
        return False
    if first == second:
        return True
    if first.startswith("+") == second.startswith("+"):
        return False
    national, international = (first, second) if second.startswith("+") else (second, first)
    core = national.lstrip("0")
    prefix_count = len(international) - 1 - len(core)
    return international.endswith(core) and 1 <= prefix_count <= MAX_COUNTRY_DIGITS


def display_name(*, first: str, last: str, company: str = "") -> str:
    """The name to show: in Chinese, Japanese and Korean the family name first and unspaced, else last.

    Without either the company; ``""`` when nothing is known. Words typed in capitals only are left as typed:
    they may be initials.
    """
    first, last = " ".join(first.split()), " ".join(last.split())
    if first and last and (_is_east_asian(first) and _is_east_asian(last)):
        # A foreign name written in Chinese carries a dot, and keeps the order it was given in.
        return last + first if "·" not in first + last else f"{first}·{last}"
    return " ".join(word for word in (first, last) if word) or " ".join(company.split())


def _is_east_asian(word: str) -> bool:
    return bool(_HAN_NAME.fullmatch(word) or _KANA_OR_HANGUL_NAME.fullmatch(word))


def _without_trunk_zero(text: str, digits: str) -> str:
    before = "".join(sign for sign in text.partition("(")[0] if sign.isdigit())
    return before + digits[len(before) + 1 :]


def _ascii_domain(domain: str) -> str:
    labels = domain.rstrip(".").split(".")
    if len(labels) < 2:
        return ""
    try:
        plain = [label if label.isascii() else label.encode("idna").decode("ascii") for label in labels]
    except UnicodeError:
        return ""
    if all(_LABEL.fullmatch(label) and len(label) <= MAX_LABEL_CHARACTERS for label in plain):
        return ".".join(plain)
    return ""
