"""What names, words and periods must look like before they are kept; each refusal names the field."""

from __future__ import annotations

import datetime as dt
import re

from api.errors import InvalidError
from output_checker.text import LANGUAGES, Text

SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
LONGEST_LINE = 300
LONGEST_TEXT = 5000


def slug(value: str, field: str) -> str:
    """Return `value` when it can stand in addresses, user names and paths.

    Raises InvalidError otherwise.
    """
    if not SLUG.fullmatch(value):
        raise InvalidError(
            "bad_slug",
            Text(
                nl="Gebruik 1 tot 40 kleine letters, cijfers of koppeltekens, zonder koppelteken aan de rand.",
                en="Use 1 to 40 lower-case letters, digits or hyphens, with no hyphen at either end.",
            ),
            field=field,
        )
    return value


def line(value: str, field: str, longest: int = LONGEST_LINE) -> str:
    """Return `value` without surrounding blanks, when something of at most `longest` characters is left.

    Raises InvalidError otherwise.
    """
    stripped = value.strip()
    if not stripped or len(stripped) > longest or "\x00" in stripped:
        raise InvalidError(
            "bad_text",
            Text(
                nl=f"Vul hier 1 tot {longest} tekens in.",
                en=f"Fill in 1 to {longest} characters here.",
            ),
            field=field,
        )
    return stripped


def email(value: str) -> str:
    """Return `value` in lower case when it looks like an address.

    Raises InvalidError otherwise.
    """
    if not EMAIL.fullmatch(value):
        raise InvalidError(
            "bad_email",
            Text(nl="Dit is geen e-mailadres.", en="This is not an e-mail address."),
            field="email",
        )
    return value.lower()


def language(value: str) -> str:
    """Return `value` when the environment speaks it.

    Raises InvalidError otherwise.
    """
    if value not in LANGUAGES:
        raise InvalidError("bad_language", Text(nl="Kies nl of en.", en="Choose nl or en."), field="language")
    return value


def period(begin: dt.datetime, end: dt.datetime) -> None:
    """Raise InvalidError unless `end` comes after `begin` (both aware moments)."""
    if end <= begin:
        raise InvalidError(
            "bad_period",
            Text(nl="Het einde ligt niet na het begin.", en="The end does not come after the beginning."),
            field="valid_until",
        )
