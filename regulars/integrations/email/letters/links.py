"""Which addresses a mail may link to, and from where it may show a picture."""

from urllib.parse import urlsplit

from django.utils.translation import gettext as _

MAX_URL_CHARS = 2000
WEB = ("http", "https")


class BadLink(ValueError):
    """Said in words a user understands."""


def checked(url: str, *, schemes: tuple[str, ...] = (*WEB, "mailto")) -> str:
    """The address as it stands. Raises BadLink for another scheme, spaces, a login in it, or none at all."""
    if len(url) > MAX_URL_CHARS:
        raise BadLink(_("This address is longer than %(most)d characters.") % {"most": MAX_URL_CHARS})
    if "{{" in url or "}}" in url:
        raise BadLink(_("A link holds no personal values: everybody is led to the same place."))
    # A backslash is a slash to some readers of addresses; an invisible sign may hide where a link leads.
    if any(ord(sign) <= 32 or ord(sign) == 127 or sign in '\\<>"' for sign in url):
        raise BadLink(_("An address holds no spaces, quotes or backslashes."))
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise BadLink(_("This is not an address.")) from None
    if parts.scheme not in schemes:
        starts = ", ".join(f"{scheme}://" if scheme in WEB else f"{scheme}:" for scheme in schemes)
        raise BadLink(_("An address begins with %(starts)s.") % {"starts": starts})
    if parts.scheme == "mailto":
        if parts.path.count("@") != 1:
            raise BadLink(_("This is not an address."))
    elif not host or parts.username is not None or parts.password is not None:
        raise BadLink(_("This is not an address."))
    return url


def is_fine(url: str) -> bool:
    try:
        checked(url)
    except BadLink:
        return False
    return True
