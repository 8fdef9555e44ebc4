"""What a version of an application asks that differs from what was approved before it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from api.applications.content import WORDS, assessed_at, last_moment
from api.applications.models import ApplicationState, ApplicationVersion, WantedDataset
from api.web.formatting import Formatting
from output_checker.text import Text

NAMES: Final[dict[str, Text]] = {
    "title_nl": Text("Titel in het Nederlands", "Title in Dutch"),
    "title_en": Text("Titel in het Engels", "Title in English"),
    "purpose": Text("Doel", "Purpose"),
    "research_question": Text("Onderzoeksvraag", "Research question"),
    "work_programme": Text("Plaats in het werkprogramma", "Place in the work programme"),
    "theme": Text("Thema", "Theme"),
    "legal_basis": Text("Grondslag", "Legal basis"),
    "assessment_reference": Text("Gegevensbeschermingsbeoordeling", "Data protection assessment"),
    "intended_outputs": Text("Beoogde uitkomsten", "Intended outputs"),
}
"""What the words of an application are called."""
_ALL_ROWS: Final = Text("alle", "all")


@dataclass(frozen=True)
class Difference:
    """One thing that differs: what it is called, and what was and is asked (None: nothing)."""

    name: Text
    before: Text | None
    now: Text | None


def approved_before(version: ApplicationVersion) -> ApplicationVersion | None:
    """Return the last version before this one that was approved: what the project is now, or was then."""
    earlier = version.application.versions[: version.version - 1]
    return next((one for one in reversed(earlier) if one.state is ApplicationState.APPROVED), None)


def differences(before: ApplicationVersion, now: ApplicationVersion) -> list[Difference]:
    """Return how `now` differs from `before`: words first, then days, then data."""
    return [*_of_words(before, now), *_of_days(before, now), *_of_data(before, now)]


def _of_words(before: ApplicationVersion, now: ApplicationVersion) -> Iterator[Difference]:
    for name in WORDS:
        was, is_now = getattr(before, name), getattr(now, name)
        if was != is_now:
            yield Difference(NAMES[name], _same(was), _same(is_now))


def _of_days(before: ApplicationVersion, now: ApplicationVersion) -> Iterator[Difference]:
    if before.assessment_date != now.assessment_date:
        name = Text("Datum van de beoordeling", "Date of the assessment")
        yield Difference(name, _written(assessed_at(before)), _written(assessed_at(now)))
    if before.valid_until != now.valid_until:
        yield Difference(
            Text("Laatste dag", "Last day"), _written(last_moment(before)), _written(last_moment(now))
        )


def _of_data(before: ApplicationVersion, now: ApplicationVersion) -> Iterator[Difference]:
    was = {one.dataset_version_id: one for one in before.wanted}
    is_now = {one.dataset_version_id: one for one in now.wanted}
    for number, one in is_now.items():
        if number in was:
            yield from _of_dataset(was[number], one)
        else:
            yield Difference(_about(one, "nieuw", "new"), None, _names(one.variables))
    for number, one in was.items():
        if number not in is_now:
            yield Difference(_about(one, "vervalt", "dropped"), _names(one.variables), None)


def _of_dataset(before: WantedDataset, now: WantedDataset) -> Iterator[Difference]:
    if before.reason != now.reason:
        yield Difference(_about(now, "reden", "reason"), _same(before.reason), _same(now.reason))
    if before.row_filter != now.row_filter:
        yield Difference(_about(now, "rijen", "rows"), _rows(before), _rows(now))
    if more := [name for name in now.variables if name not in before.variables]:
        yield Difference(_about(now, "variabelen erbij", "more variables"), None, _names(more))
    if fewer := [name for name in before.variables if name not in now.variables]:
        yield Difference(_about(now, "variabelen eraf", "fewer variables"), _names(fewer), None)
    for name, reason in now.variables.items():
        was = before.variables.get(name, reason)
        if was != reason:
            yield Difference(
                _about(now, f"reden voor {name}", f"reason for {name}"), _same(was), _same(reason)
            )


def _about(one: WantedDataset, nl: str, en: str) -> Text:
    dataset = f"{one.dataset_version.dataset.name} ({one.dataset_version.version})"
    return Text(f"{dataset}: {nl}", f"{dataset}: {en}")


def _rows(one: WantedDataset) -> Text:
    return _same(one.row_filter) if one.row_filter else _ALL_ROWS


def _names(variables: Iterable[str]) -> Text:
    return _same(", ".join(variables))


def _written(moment: dt.datetime) -> Text:
    return Text(Formatting("nl").date(moment), Formatting("en").date(moment))


def _same(words: str) -> Text:
    """What somebody wrote: in whatever language it is."""
    return Text(words, words)
