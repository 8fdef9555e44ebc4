"""What an application says: its words, days and wanted data, tested before they are kept, and digested for the audit."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.applications.models import ApplicationVersion, WantedDataset
from api.audit.chain import canonical
from api.catalogue.models import Dataset, DatasetVersion
from api.catalogue.views import check_view
from api.db import now
from api.errors import InvalidError
from api.people import validation
from output_checker.text import Text

LONGEST_REASON: Final = 2000
MOST_DATASETS: Final = 50
WORDS: Final[dict[str, int]] = {
    "title_nl": validation.LONGEST_LINE,
    "title_en": validation.LONGEST_LINE,
    "purpose": validation.LONGEST_TEXT,
    "research_question": validation.LONGEST_TEXT,
    "work_programme": validation.LONGEST_LINE,
    "theme": validation.LONGEST_LINE,
    "legal_basis": validation.LONGEST_LINE,
    "assessment_reference": validation.LONGEST_LINE,
    "intended_outputs": validation.LONGEST_TEXT,
}
"""The words of an application, and how long each may be (characters)."""


@dataclass(frozen=True)
class Wanted:
    """A dataset version by name and number, which rows (None: all), and each variable with the reason for it."""

    dataset: str
    version: int
    reason: str
    variables: Mapping[str, str]
    row_filter: str | None = None


@dataclass(frozen=True)
class Content:
    """What somebody asks for, as they said it; days are written as 2027-03-31, and the last one counts.

    `work_programme` is where the question stands in the work programme of the centre; `assessment_reference` and
    `assessment_date` are of the data protection assessment.
    """

    title_nl: str
    title_en: str
    purpose: str
    research_question: str
    work_programme: str
    theme: str
    legal_basis: str
    assessment_reference: str
    assessment_date: str
    intended_outputs: str
    valid_until: str
    wanted: Sequence[Wanted]


def keep_content(session: Session, version: ApplicationVersion, content: Content) -> None:
    """Let `version` say what `content` says; nothing is changed when something does not hold.

    Raises InvalidError (words, days, a dataset or variable that is not there, one without a reason).
    """
    words = {name: validation.line(getattr(content, name), name, longest) for name, longest in WORDS.items()}
    assessed, end = _assessed(content.assessment_date), _end(content.valid_until)
    wanted = _wanted(session, content.wanted)
    for name, value in words.items():
        setattr(version, name, value)
    version.assessment_date, version.valid_until = assessed, end
    # Two steps: the same dataset may be asked for anew, and there is only one row for each.
    version.wanted.clear()
    session.flush()
    version.wanted.extend(wanted)
    session.flush()


def _assessed(day: str) -> dt.date:
    moment = validation.day(day, "assessment_date")
    if moment > now():
        message = Text(
            "Deze beoordeling is nog niet gedaan: de datum ligt in de toekomst.",
            "This assessment was not made yet: its date is in the future.",
        )
        raise InvalidError("bad_day", message, field="assessment_date")
    return moment.astimezone(validation.ZONE).date()


def _end(day: str) -> dt.datetime:
    end = validation.through(day, "valid_until")
    validation.period(now(), end)
    return end


def _wanted(session: Session, wanted: Sequence[Wanted]) -> list[WantedDataset]:
    if not 1 <= len(wanted) <= MOST_DATASETS:
        raise _bad_wanted(
            Text(f"Vraag 1 tot {MOST_DATASETS} datasets aan.", f"Ask for 1 to {MOST_DATASETS} datasets.")
        )
    rows = [_placed(session, position, one) for position, one in enumerate(wanted)]
    if len({row.dataset_version_id for row in rows}) < len(rows):
        raise _bad_wanted(
            Text("Een dataset staat hier dubbel.", "A dataset is asked for twice here."),
        )
    return rows


def _placed(session: Session, position: int, wanted: Wanted) -> WantedDataset:
    """As `_wanted_dataset`, with the place of what is wrong: wanted[0].columns, or wanted[0].variables.sex."""
    try:
        return _wanted_dataset(session, wanted)
    except InvalidError as wrong:
        place = f"wanted[{position}].{wrong.field}"
        raise InvalidError(wrong.code, wrong.message, field=place, remedy=wrong.remedy) from wrong


def _wanted_dataset(session: Session, wanted: Wanted) -> WantedDataset:
    found = _dataset_version(session, wanted)
    check_view(found, list(wanted.variables), wanted.row_filter)
    return WantedDataset(
        dataset_version_id=found.id,
        dataset_version=found,
        reason=validation.line(wanted.reason, "reason", LONGEST_REASON),
        row_filter=wanted.row_filter,
        variables={
            name: validation.line(reason, f"variables.{name}", LONGEST_REASON)
            for name, reason in wanted.variables.items()
        },
    )


def _dataset_version(session: Session, wanted: Wanted) -> DatasetVersion:
    found = session.scalar(
        select(DatasetVersion)
        .join(DatasetVersion.dataset)
        .where(Dataset.name == wanted.dataset, DatasetVersion.version == wanted.version)
    )
    if found is None:
        name = f"{wanted.dataset} ({wanted.version})"
        message = Text(f"Er is geen dataset {name}.", f"There is no dataset {name}.")
        raise InvalidError("bad_wanted", message, field="dataset")
    return found


def _bad_wanted(message: Text) -> InvalidError:
    return InvalidError("bad_wanted", message, field="wanted")


def last_moment(version: ApplicationVersion) -> dt.datetime:
    """Return a moment, in Dutch time, of the last day that `version` asks for: that day counts in full."""
    return (version.valid_until - dt.timedelta(seconds=1)).astimezone(validation.ZONE)


def assessed_at(version: ApplicationVersion) -> dt.datetime:
    """Return a moment, in Dutch time, of the day of the data protection assessment."""
    return dt.datetime.combine(version.assessment_date, dt.time(12), tzinfo=validation.ZONE)


def document_of(version: ApplicationVersion) -> dict[str, Any]:
    """Return all that `version` asks for, as JSON."""
    return {
        **{name: getattr(version, name) for name in WORDS},
        "because": version.because,
        "assessment_date": version.assessment_date.isoformat(),
        "valid_until": version.valid_until.isoformat(),
        "wanted": [
            {
                "dataset": one.dataset_version.dataset.name,
                "version": one.dataset_version.version,
                "sha256": one.dataset_version.sha256,
                "reason": one.reason,
                "row_filter": one.row_filter,
                "variables": dict(one.variables),
            }
            for one in version.wanted
        ],
    }


def digest_of(version: ApplicationVersion) -> str:
    """Return the SHA-256 (64 hex digits) of what `version` asks for: what somebody decided about can be proven."""
    return hashlib.sha256(canonical(document_of(version)).encode()).hexdigest()
