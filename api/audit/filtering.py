"""What an auditor asks of the records: the fields of the search form, which stand in the address of a page."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Query

from api.audit.queries import Search
from api.errors import InvalidError
from output_checker.text import Text

ZONE: Final = ZoneInfo("Europe/Amsterdam")
Words = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True)
class Filter:
    """The form as it was sent; days are written as 2026-11-22, and both count."""

    search: str = ""
    who: str = ""
    action: str = ""
    project: str = ""
    since: str = ""
    until: str = ""

    @property
    def said(self) -> dict[str, str]:
        """What was filled in, by field."""
        return {name: value for name, value in asdict(self).items() if value}

    def search_for(self) -> Search:
        """Return what to look for.

        Raises InvalidError for a day that is none.
        """
        until = _day(self.until, "until")
        return Search(
            words=self.search,
            who=self.who,
            action=self.action,
            project=self.project,
            since=_day(self.since, "since"),
            until=until + dt.timedelta(days=1) if until else None,
        )


def _day(text: str, field: str) -> dt.datetime | None:
    """Return when a day begins in the Netherlands, None when none was said."""
    if not text:
        return None
    try:
        return dt.datetime.combine(dt.date.fromisoformat(text), dt.time(), ZONE)
    except ValueError:
        message = Text("Dit is geen datum. Schrijf 2026-11-22.", "This is no date. Write 2026-11-22.")
        raise InvalidError("bad_day", message, field=field) from None


def asked_filter(
    search: Words = "",
    who: Words = "",
    action: Words = "",
    project: Words = "",
    since: Words = "",
    until: Words = "",
) -> Filter:
    """Return what the address asks for, without spaces around it."""
    return Filter(*(text.strip() for text in (search, who, action, project, since, until)))


FilterDep = Annotated[Filter, Depends(asked_filter)]
