"""Whether something is in force at a moment, in words; a period holds its first moment and not its last."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from api.access.circumstances import Answer, Met, Unmet
from api.access.words import in_words
from output_checker.text import Text


class Noun(NamedTuple):
    """What is in force or not, as the beginning of a sentence."""

    nl: str
    en: str


def answer_of_period(
    noun: Noun, begin: dt.datetime, end: dt.datetime, at: dt.datetime, remedy: Text
) -> Answer:
    """Return whether `begin` <= `at` < `end`, saying until when it holds, since when it does not, or from when it will."""
    first, last = in_words(begin), in_words(end)
    if at >= end:
        reason = Text(nl=f"{noun.nl} is verlopen op {last.nl}.", en=f"{noun.en} ended on {last.en}.")
        return Unmet(reason, remedy)
    if at < begin:
        wait = Text(
            nl=f"Wacht tot {first.nl}. Eerder beginnen? {remedy.nl}",
            en=f"Wait until {first.en}. To begin earlier: {remedy.en}",
        )
        reason = Text(nl=f"{noun.nl} geldt pas vanaf {first.nl}.", en=f"{noun.en} begins on {first.en}.")
        return Unmet(reason, wait)
    return Met(Text(nl=f"{noun.nl} geldt tot {last.nl}.", en=f"{noun.en} is valid until {last.en}."))
