"""What an administrator fills in to propose access: read into terms, each refusal naming its field."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import Depends, Form
from sqlalchemy.orm import Session

from api.access.conditions import DEFAULT_CONDITIONS, parse
from api.access.queries import project_by_slug
from api.access.service import Terms
from api.errors import InvalidError
from api.people.models import Role
from api.people.service import person_by_subject
from api.people.validation import day, through
from output_checker.text import Text

USUAL = [document["condition"] for document in DEFAULT_CONDITIONS]
Line = Annotated[str, Form(max_length=2000)]
Several = Annotated[list[str], Form()]


@dataclass(frozen=True)
class GrantForm:
    """The fields as they were typed; days are dates in Dutch time, of which the last one counts in full."""

    person: str = ""
    project: str = ""
    role: str = Role.RESEARCHER.value
    first_day: str = ""
    last_day: str = ""
    conditions: tuple[str, ...] = tuple(USUAL)
    days: tuple[str, ...] = ()
    begin: str = "08:00"
    end: str = "18:00"
    networks: str = ""
    strong: str = ""
    minutes: str = ""
    datasets: tuple[str, ...] = ()
    reason: str = ""

    def terms(self, session: Session) -> Terms:
        """Return what is proposed.

        Raises InvalidError with the field that cannot be used.
        """
        person, project = person_by_subject(session, self.person), project_by_slug(session, self.project)
        if person is None:
            raise _bad("person", Text("Kies een persoon.", "Choose a person."))
        if project is None:
            raise _bad("project", Text("Kies een project.", "Choose a project."))
        if self.role not in set(Role):
            raise _bad("role", Text("Kies een rol.", "Choose a role."))
        begin, after = day(self.first_day, "first_day"), through(self.last_day, "last_day")
        # None ticked: all that the project sees, now and later.
        return Terms(person, project, Role(self.role), self._documents(), begin, after, self.datasets or None)

    def _documents(self) -> list[dict[str, Any]]:
        """The usual conditions that are ticked, and the others as far as they were filled in."""
        found: list[dict[str, Any]] = [{"condition": name} for name in self.conditions if name in USUAL]
        if self.days:
            hours = {"condition": "hours", "days": list(self.days), "begin": self.begin, "end": self.end}
            found.append(
                _read(
                    hours, "days", Text("Kies dagen, en uren van-tot.", "Choose days, and hours from-until.")
                )
            )
        if networks := self.networks.replace(",", " ").split():
            words = Text("Geef netwerken zoals 10.1.0.0/16.", "Give networks such as 10.1.0.0/16.")
            found.append(_read({"condition": "network", "networks": networks}, "networks", words))
        if self.strong:
            minutes = {"minutes": int(self.minutes)} if self.minutes.isdecimal() else {}
            words = Text("Geef een aantal minuten.", "Give a number of minutes.")
            if self.minutes and not minutes:
                raise _bad("minutes", words)
            found.append(_read({"condition": "strong_login"} | minutes, "minutes", words))
        return found

    def document(self) -> dict[str, Any]:
        """Return what was typed, for the page that shows it again."""
        return asdict(self)


def _read(document: dict[str, Any], field: str, message: Text) -> dict[str, Any]:
    try:
        parse(document)
    except InvalidError:
        raise _bad(field, message) from None
    return document


def _bad(field: str, message: Text) -> InvalidError:
    return InvalidError(f"bad_{field}", message, field=field)


def grant_form(
    person: Line = "",
    project: Line = "",
    role: Line = "",
    first_day: Line = "",
    last_day: Line = "",
    conditions: Several = [],  # noqa: B006 - FastAPI reads it as "may be left out"
    days: Several = [],  # noqa: B006
    begin: Line = "",
    end: Line = "",
    networks: Line = "",
    strong: Line = "",
    minutes: Line = "",
    datasets: Several = [],  # noqa: B006
    reason: Line = "",
) -> GrantForm:
    """Return the form that was sent."""
    return GrantForm(
        person=person,
        project=project,
        role=role,
        first_day=first_day,
        last_day=last_day,
        conditions=tuple(conditions),
        days=tuple(days),
        begin=begin,
        end=end,
        networks=networks,
        strong=strong,
        minutes=minutes,
        datasets=tuple(datasets),
        reason=reason,
    )


GrantFormDep = Annotated[GrantForm, Depends(grant_form)]
