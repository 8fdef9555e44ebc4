"""The start page: what this house is, and for who is logged in what they can do now."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from api.access.decision import Door, decide
from api.access.queries import projects_of
from api.applications.queries import waiting_for
from api.dependencies import DatabaseDep
from api.identity.dependencies import OptionalLoginDep
from api.people.models import Person
from api.publication.queries import has_public_page
from api.requests.queries import count, requests_of, waits_for
from api.web.rendering import page
from api.web.viewer import RememberViewer, menu, viewer_of
from output_checker.text import Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)

_PURPOSES: dict[str, Text] = {
    "/projects": Text(
        "Open de werkplek van een project, of zie welke voorwaarde nog ontbreekt.",
        "Open the workplace of a project, or see which condition is still missing.",
    ),
    "/requests": Text(
        "Volg wat is ingediend, lees waarom iets terugkwam, en haal op wat is vrijgegeven.",
        "Follow what was submitted, read why something came back, and fetch what was released.",
    ),
    "/applications": Text(
        "Vraag een project aan, volg het, of beslis erover.",
        "Apply for a project, follow it, or decide about it.",
    ),
    "/queue": Text(
        "Beoordeel tabellen die aan de regels voldoen of een oordeel vragen.",
        "Decide on tables that pass the rules or need judgement.",
    ),
    "/admin/grants": Text(
        "Zie wie waar mag werken en waarom, en trek toegang in.",
        "See who may work where and why, and withdraw access.",
    ),
    "/admin/people": Text(
        "Registreer mensen, leg vast wat is gecontroleerd, wijs rollen toe of schors iemand.",
        "Register people, record what was checked, give roles, or suspend somebody.",
    ),
    "/admin/institutions": Text(
        "Machtig instellingen en zeg welke gemeenten een centrum bedient.",
        "Authorise institutions, and say which municipalities a centre serves.",
    ),
    "/admin/logins": Text(
        "Nodig mensen uit voor een account, zie wie er is ingelogd, en beëindig logins.",
        "Invite people to an account, see who is logged in, and end logins.",
    ),
    "/centre": Text(
        "Zie hoe aanvragen gaan: doorlooptijd, wat de regels tegenhouden, en wie moet meekijken.",
        "See how requests go: turnaround, what the rules object to, and who must look.",
    ),
    "/admin/publication": Text(
        "Kies welke vrijgegeven resultaten iedereen mag zien.",
        "Choose which released results everybody may see.",
    ),
    "/budgets": Text(
        "Zie en bepaal hoeveel er met ruis over een populatie mag worden geleerd.",
        "See and set how much may be learned with noise about a population.",
    ),
    "/audit": Text(
        "Lees alles wat is gebeurd, en of de keten van regels nog heel is.",
        "Read everything that was done, and whether the chain of records is still whole.",
    ),
}


@dataclass(frozen=True)
class Entrance:
    """A part of the house that is of use to the reader, and what waits for them there."""

    address: str
    name: Text
    purpose: Text
    waiting: Text | None


@router.get("/")
def start_page(request: Request, login: OptionalLoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show what the house is for, or what the reader can do now."""
    with database.reading() as session:
        if login is None:
            return page(request, "start.html", entrances=[], has_public_page=has_public_page(session))
        person = login.within(session).person
        entrances = [
            Entrance(address, name, _PURPOSES[address], _waiting(session, person, address))
            for address, name in menu(viewer_of(session, login))
        ]
        return page(request, "start.html", entrances=entrances)


def _waiting(session: Session, person: Person, address: str) -> Text | None:
    if address == "/projects":
        projects = projects_of(session, person)
        open_now = sum(decide(session, Door.OPEN_PROJECT, person, project).allowed for project in projects)
        return Text(f"{open_now} van {len(projects)} nu open", f"{open_now} of {len(projects)} open now")
    if address == "/requests":
        total = requests_of(session, person, limit=1).total
        return Text(
            "1 aanvraag" if total == 1 else f"{total} aanvragen", f"{total} request{'s' * (total != 1)}"
        )
    if address == "/queue":
        return _so_many_wait(count(session, waits_for(session, person)))
    if address == "/applications":
        return _so_many_wait(waiting_for(session, person))
    return None


def _so_many_wait(total: int) -> Text:
    return Text(f"{total} wachten op u" if total != 1 else "1 wacht op u", f"{total} waiting for you")
