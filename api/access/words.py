"""Moments in words, for the reasons that conditions give."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from output_checker.text import Text

ZONE = ZoneInfo("Europe/Amsterdam")


@lru_cache(maxsize=4096)
def in_words(moment: dt.datetime) -> Text:
    """Return an aware moment to the minute, in Dutch time, such as "3 March 2027 at 09:30"."""
    return Text(
        nl=format_datetime(moment, "d MMMM y 'om' HH:mm", tzinfo=ZONE, locale="nl"),
        en=format_datetime(moment, "d MMMM y 'at' HH:mm", tzinfo=ZONE, locale="en"),
    )
