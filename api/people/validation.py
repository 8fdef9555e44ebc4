"""What names, words and periods must look like before they are kept; each refusal names the field."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Final
from zoneinfo import ZoneInfo

from api.errors import InvalidError
from output_checker.text import LANGUAGES, Text

SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
NOBODYS: Final = ".invalid"
MUNICIPALITY = re.compile(r"GM[0-9]{4}")
LONGEST_LINE = 300
LONGEST_TEXT = 5000
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FIRST_YEAR, LAST_YEAR = 1950, 2199
ZONE: Final = ZoneInfo("Europe/Amsterdam")
# Control, formatting (right-to-left overrides, invisible joiners), surrogate, private and unassigned characters.
_DECEIVING: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and symbols by category, yet drawn as nothing (Unicode 15.0, Default_Ignorable_Code_Point, and braille blank).
_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


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
    """Return `value` in one kind of space and without surrounding blanks, when 1 to `longest` characters are left.

    Lines may end where more than LONGEST_LINE is allowed. Raises InvalidError otherwise, also for characters that
    cannot be seen or that turn the reading direction around.
    """
    stripped = _plainly_spaced(value).strip()
    if not stripped or len(stripped) > longest:
        raise InvalidError(
            "bad_text",
            Text(
                nl=f"Vul hier 1 tot {longest} tekens in.",
                en=f"Fill in 1 to {longest} characters here.",
            ),
            field=field,
        )
    _check_visible(stripped, field, "\n\t" if longest > LONGEST_LINE else "")
    return stripped


def _plainly_spaced(value: str) -> str:
    """Text from a word processor holds spaces of other widths: they become the one that people can type."""
    return "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in value)


def _check_visible(words: str, field: str, allowed: str) -> None:
    hidden = (
        unicodedata.category(letter) in _DECEIVING or letter in _INVISIBLE
        for letter in set(words) - set(allowed)
    )
    if any(hidden):
        raise InvalidError(
            "hidden_characters",
            Text(
                nl="Deze tekst bevat onzichtbare tekens of tekens die de leesrichting omkeren.",
                en="This text holds invisible characters, or ones that turn the reading direction around.",
            ),
            field=field,
            remedy=Text(
                nl="Typ de tekst opnieuw, zonder te plakken.", en="Type the text anew, without pasting."
            ),
        )


def municipality(value: str) -> str:
    """Return the national code of a municipality, such as GM0917.

    Raises InvalidError otherwise.
    """
    if not MUNICIPALITY.fullmatch(value):
        message = Text(nl="Gebruik een code als GM0917.", en="Use a code such as GM0917.")
        raise InvalidError("bad_code", message, field="code")
    return value


def email(value: str) -> str:
    """Return `value` in lower case when it looks like an address.

    Raises InvalidError otherwise, also for one of nobody (RFC 2606): those of people who left must stay free.
    """
    if not EMAIL.fullmatch(value) or value.lower().endswith(NOBODYS):
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


def day(value: str, field: str) -> dt.datetime:
    """Return the first moment, in the Netherlands, of a day written as 2027-03-31.

    Raises InvalidError otherwise, also for years that no calendar of ours reaches.
    """
    try:
        found = dt.date.fromisoformat(value) if ISO_DAY.fullmatch(value) else None
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise InvalidError("bad_day", Text(nl="Vul een datum in.", en="Fill in a date."), field=field)
    return dt.datetime.combine(found, dt.time(), tzinfo=ZONE).astimezone(dt.UTC)


def through(value: str, field: str) -> dt.datetime:
    """Return the first moment after a day written as 2027-03-31: what lasts through that day ends then.

    Raises InvalidError otherwise.
    """
    begin = day(value, field).astimezone(ZONE).date()
    following = dt.datetime.combine(begin + dt.timedelta(days=1), dt.time(), tzinfo=ZONE)
    return following.astimezone(dt.UTC)
