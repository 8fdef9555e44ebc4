"""What an auditor asks of the records: the fields of the search form, which stand in the address of a page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import Depends, Query

from api.audit.queries import Search
from api.people.validation import day, through

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
        return Search(
            words=self.search,
            who=self.who,
            action=self.action,
            project=self.project,
            since=day(self.since, "since") if self.since else None,
            until=through(self.until, "until") if self.until else None,
        )


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
