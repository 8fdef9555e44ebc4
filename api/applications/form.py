"""The form of an application: what it offers, what it says, and what it shows of an application that is there.

A variable is asked for by giving the reason for it, and a dataset by asking for a variable of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from api.applications.content import WORDS, Content, Wanted, last_moment
from api.applications.models import ApplicationVersion
from api.catalogue.models import Dataset, DatasetVersion
from api.catalogue.service import metadata_of
from api.errors import EnclaveError, InvalidError
from api.web.forms import Typed
from output_checker.metadata import DatasetMetadata

FORM: Final = "asked"
"""The name of the form on its page."""
_PLACE: Final = re.compile(r"wanted\[(\d+)\]\.(\w+)(?:\.(\w+))?")


@dataclass(frozen=True)
class Offer:
    """A dataset version that can be asked for; the names of its fields on the form end in its number."""

    version: DatasetVersion
    metadata: DatasetMetadata

    @property
    def number(self) -> int:
        """What tells the fields of this one from those of others."""
        return self.version.id

    def asked(self, given: Mapping[str, str]) -> Wanted | None:
        """Return what a form asks of it, None when nothing was filled in."""
        reasons = {one.name: given.get(self.variable(one.name), "") for one in self.metadata.variables}
        reason, rows = (given.get(f"{name}-{self.number}", "") for name in ("reason", "rows"))
        wanted = {name: said for name, said in reasons.items() if said.strip()}
        if not (wanted or reason.strip() or rows.strip()):
            return None
        return Wanted(self.version.dataset.name, self.version.version, reason, wanted, rows.strip() or None)

    def variable(self, name: str) -> str:
        """Return the name of the field with the reason for a variable."""
        return f"variable-{self.number}-{name}"

    def touched(self, typed: Typed) -> bool:
        """Tell whether anything is filled in here: then the page shows it unfolded."""
        return self.asked(typed.given) is not None


def offers(session: Session) -> list[Offer]:
    """Return the registered dataset versions, by name and newest first."""
    query = select(DatasetVersion).join(DatasetVersion.dataset).options(joinedload(DatasetVersion.dataset))
    found = session.scalars(query.order_by(Dataset.name, DatasetVersion.version.desc()))
    return [Offer(version, metadata_of(version)) for version in found]


def content_in(given: Mapping[str, str], offered: Sequence[Offer]) -> Content:
    """Return what a form says; whether it holds is found out where it is kept."""
    asked = (one.asked(given) for one in offered)
    names = (*WORDS, "assessment_date", "valid_until")
    said = {name: given.get(name, "") for name in names}
    return Content(**said, wanted=[one for one in asked if one is not None])


def placed(problem: EnclaveError, given: Mapping[str, str], offered: Sequence[Offer]) -> EnclaveError:
    """Return a refusal with the name of the field on the form that it is about."""
    found = _PLACE.fullmatch(problem.field or "")
    if found is None:
        return problem
    asked = [one for one in offered if one.asked(given) is not None]
    about = asked[int(found[1])]
    names = {"row_filter": "rows", "reason": "reason", "variables": "variable"}
    field = f"{names.get(found[2], 'columns')}-{about.number}" + (f"-{found[3]}" if found[3] else "")
    return InvalidError(problem.code, problem.message, field=field, remedy=problem.remedy)


def filled(version: ApplicationVersion) -> dict[str, str]:
    """Return the fields of the form as `version` says them."""
    fields = {name: getattr(version, name) for name in WORDS}
    last = last_moment(version).date().isoformat()
    fields |= {"assessment_date": version.assessment_date.isoformat(), "valid_until": last}
    for one in version.wanted:
        number = one.dataset_version_id
        fields |= {f"reason-{number}": one.reason, f"rows-{number}": one.row_filter or ""}
        fields |= {f"variable-{number}-{name}": reason for name, reason in one.variables.items()}
    return fields
