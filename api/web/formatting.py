"""How numbers, moments and two-language texts are written for a reader of one language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from babel.dates import format_date, format_datetime, format_timedelta, get_timezone
from babel.numbers import format_decimal, format_percent

from output_checker.text import Language, Text

ZONE = get_timezone("Europe/Amsterdam")
_UNITS: Final = (
    (86_400, Text("dag", "day"), Text("dagen", "days")),
    (3_600, Text("uur", "hour"), Text("uur", "hours")),
    (60, Text("minuut", "minute"), Text("minuten", "minutes")),
    (1, Text("seconde", "second"), Text("seconden", "seconds")),
)
"""Seconds, and the words for one and for more: the locale data lack the Dutch ones."""


@dataclass(frozen=True)
class Formatting:
    """Writes values in one language."""

    language: Language

    def words(self, text: Text | Mapping[str, str]) -> str:
        """Return the reader's half of a text, also of one that was kept as JSON."""
        return text.in_language(self.language) if isinstance(text, Text) else text[self.language]

    def number(self, value: float, decimals: int = 2) -> str:
        """Write a number with at most ``decimals`` digits behind the mark; whole numbers have none."""
        return format_decimal(value, format="#,##0." + "#" * decimals, locale=self.language)

    def figure(self, value: float, decimals: int) -> str:
        """Write a number of a table, always with ``decimals`` digits behind the mark, so that columns line up."""
        pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
        return format_decimal(value, format=pattern, locale=self.language)

    def percent(self, value: float) -> str:
        """Write a share (0 to 1) as a percentage with at most one decimal."""
        return format_percent(value, format="#,##0.#%", locale=self.language)

    def date(self, value: dt.datetime) -> str:
        """Write the day of a moment, as it was in the Netherlands."""
        return format_date(value.astimezone(ZONE), format="d MMM y", locale=self.language)

    def moment(self, value: dt.datetime) -> str:
        """Write a moment to the minute, in Dutch time."""
        return format_datetime(value, "d MMM y, HH:mm", tzinfo=ZONE, locale=self.language)

    def age(self, since: dt.datetime) -> str:
        """Write how long ago a moment was."""
        return format_timedelta(since - dt.datetime.now(dt.UTC), add_direction=True, locale=self.language)

    def day(self, value: dt.date) -> str:
        """Write a day without its year."""
        return format_date(value, format="d MMM", locale=self.language)

    def duration(self, value: dt.timedelta) -> str:
        """Write how long something took in its two largest units ("2 days 3 hours"), from a second on."""
        left, counted = round(value.total_seconds()), list[tuple[int, Text, Text]]()
        for seconds, one, more in _UNITS:
            number, left = divmod(left, seconds)
            counted.append((number, one, more))
        first = next((place for place, (number, *_) in enumerate(counted) if number), len(_UNITS) - 1)
        largest, *others = counted[first : first + 2]
        shown = [largest, *(other for other in others if other[0])]
        return " ".join(f"{number} {self.words(one if number == 1 else more)}" for number, one, more in shown)

    def evidence(self, value: float | str | tuple[float | None, ...] | None, name: str) -> str:
        """Write one piece of a finding's evidence; a share is a percentage, and nothing (no limit) a dash."""
        if value is None:
            return "–"
        if isinstance(value, str):
            return value
        if isinstance(value, tuple):
            return "; ".join(self.evidence(part, name) for part in value)
        return self.percent(value) if "share" in name else self.number(value)
