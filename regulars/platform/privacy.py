"""What becomes of personal data: every model says so for each telling field, in ``personal``."""

from enum import StrEnum


class Personal(StrEnum):
    """What becomes of a field when the person it speaks of asks to be forgotten."""

    BLANK = "blank"  # emptied
    PSEUDONYM = "pseudonym"  # replaced by a stand-in that keeps rows apart
    KEEP = "keep"  # kept, because a law wants it (invoices, proof of consent)
    NONE = "none"  # says nothing about a person
