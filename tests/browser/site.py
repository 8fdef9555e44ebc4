"""The pages on a real port, with requests in every state: enough for tests that need no sandbox and no hub."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyotp
import uvicorn
from playwright.sync_api import Browser, BrowserContext
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import migrate
from api.access.conditions import DEFAULT_CONDITIONS
from api.access.emergency import give_emergency_access
from api.access.models import Project
from api.access.proposals import propose_grant
from api.access.service import Terms
from api.app import create_app
from api.applications.content import Wanted
from api.applications.service import begin_change, return_to_applicant
from api.audit.service import SYSTEM, Actor
from api.budget.models import Population
from api.budget.setting import Total, set_total
from api.db import Database, now
from api.identity.accounts import create_account
from api.identity.invitations import PATH, invite
from api.identity.second_factor import add_authenticator, new_secret
from api.identity.sessions import Authentication, cookie_name, start_session
from api.people.models import Person, Role
from api.publication.service import choose
from api.requests.models import RequestState
from api.requests.ways_out import look_for_ways_out
from api.review.arrangements import arrange
from api.review.models import Decision
from api.secrets import SecretStore
from api.settings import Settings, Theme
from api.training.service import answer_attempt, begin_attempt
from api.web.build_assets import main as build_assets
from tests.api.applications.asking import approve, approved, begin, content, submit, within
from tests.api.budget.makers import NOISY, RHO, with_budget
from tests.api.factories import World, acting, days, make_grant, make_person
from tests.api.flow import FINE, MEAN, SMALL, Flow, find, make_flow
from tests.api.inspection.files import Files
from tests.api.own_values import CODE, asking, bands_of, parquet_of, persons, uploaded
from tests.api.requests.test_drafts import drafted
from tests.browser.addresses import Pages, pages_of
from tests.browser.endings import end_projects
from tests.output_checker.files.hostile import HOSTILE
from tests.output_checker.files.makers import BENIGN, png_with_text

START_SECONDS = 30.0
HIDING = {**SMALL, "where": "income < 10400", "hide": "failing"}
LESS = Wanted(
    "people",
    1,
    "There is no other.",
    {"income": "It is the subject.", "area": "To see where."},
    "income < 30000",
)
MARKUP = "<img src=x onerror=alert(1)></title> {{ 7*7 }} %(name)s "
HOSTILE_TITLE = f"{MARKUP}\u202eesrever\u200b\u200b "
"""Markup, words that run from right to left, characters without width, and what a template would take for its own."""


@dataclass(frozen=True)
class Site:
    """A running site, and what there is to see on it: addresses by name, with who may see them."""

    flow: Flow
    newcomer: Person
    nobody: Person
    numbers: dict[str, str]
    invitation: str

    @property
    def pages(self) -> Pages:
        """Every page by a name: who looks at it (None: a visitor) and where it is."""
        return pages_of(self)

    def visit(
        self, browser: Browser, person: Person | None, language: str, **options: object
    ) -> BrowserContext:
        """A browser window of this person."""
        context = browser.new_context(base_url=self.flow.settings.api_url, locale=language, **options)  # type: ignore[arg-type]
        if person is not None:
            self.log_in(context, person)
        return context

    def log_in(self, context: BrowserContext, person: Person) -> None:
        """Give the browser window what it holds once this person logged in."""
        settings = self.flow.settings
        cookie = {"name": cookie_name(settings), "value": self._session(person), "url": settings.api_url}
        context.add_cookies([cookie])  # type: ignore[list-item]

    def _session(self, person: Person) -> str:
        authentication = Authentication(
            sid=None, acr="mfa", amr=("pwd", "otp", "mfa"), auth_time=now(), id_token=""
        )
        with self.flow.database.transaction() as session:
            return start_session(session, person, authentication, self.flow.settings)[1]


@contextmanager
def laid_out(directory: Path, theme: Theme, furnish: Callable[[Flow], Site] | None = None) -> Iterator[Site]:
    """A site in this theme, on a free port, while the block lasts; with other requests where `furnish` makes them."""
    furnish = furnish or _furnished
    build_assets()
    (directory / "secrets").mkdir(mode=0o700)
    with _listening() as (listener, address):
        settings = Settings(state_dir=directory, api_url=address, theme=theme, demo_notice=True)
        SecretStore(settings.directory("secrets")).ensure()
        database = Database(settings.database)
        migrate.upgrade(database)
        # Apart, because the thread of a running browser already has an event loop.
        with ThreadPoolExecutor(1) as apart:
            site = apart.submit(lambda: furnish(make_flow(database, settings))).result()
        with _served(settings, listener):
            yield site
    database.dispose()


@contextmanager
def dressed(site: Site, theme: Theme) -> Iterator[Site]:
    """The same site in another theme, on a port of its own, while the block lasts."""
    with _listening() as (listener, address):
        settings = site.flow.settings.model_copy(update={"api_url": address, "theme": theme})
        with _served(settings, listener):
            yield replace(site, flow=replace(site.flow, settings=settings))


@contextmanager
def _listening() -> Iterator[tuple[socket.socket, str]]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener, f"http://localhost:{listener.getsockname()[1]}"


def _with_own_variables(flow: Flow) -> str:
    """A request in its second round: a band of income of which the code changed, and a score for each person."""
    bands, seen = uploaded(flow, bands_of(flow)), persons(flow)
    scores = uploaded(flow, parquet_of(seen["person"], seen["income"]))
    score = asking(scores, name="score", type="number", codes={}, label={"nl": "Score", "en": "Score"})
    mean = score | {"columns": "area", "values": "score", "aggfunc": "mean"}
    number = flow.returned(asking(bands), mean)
    changed = asking(bands, code=CODE + "band = band.fillna('low')\n")
    flow.resubmit(
        number, {"outputs": [{"query": changed, "title": "Bands"}, {"query": mean, "title": "Scores"}]}
    )
    flow.judge(number)
    return number


def _with_noise(flow: Flow) -> tuple[str, str]:
    """A request with noise that checkers look at, beside an ordinary table, and one that was released.

    A larger budget waits for a second pair of eyes.
    """
    with_budget(flow)
    waiting = flow.submit_several(FINE | {"noise": {"epsilon": 0.25}}, FINE)
    assert flow.judge(waiting) is RequestState.UNDER_REVIEW
    with flow.database.transaction() as session:
        steward = acting(session.get_one(Person, flow.world.steward.id), Role.STEWARD)
        population = session.scalars(select(Population)).one()
        set_total(session, steward, population, None, Total(2 * RHO), "A second study of the same persons.")
    return waiting, flow.released(NOISY)


def _with_files(files: Files) -> tuple[str, str]:
    """A request with files that checkers look at, and one with a file that came back."""
    code = b"# questions: jan@example.org\nshare = 120 / 340\n"
    seen = files.submit(
        ("analysis.py", code),
        ("table.xlsx", BENIGN["tabel.xlsx"]),
        ("figure.png", png_with_text("made at home")),
    )
    refused = files.submit(HOSTILE["hidden sheet"][:2])
    for number in (seen, refused):
        files.flow.judge(number)
    return seen, refused


def _furnished(flow: Flow) -> Site:
    numbers = {"returned": flow.submit(SMALL), "waiting": flow.under_review(), "released": flow.released()}
    flow.judge(numbers["returned"])
    flow.review(numbers["waiting"], flow.world.second_checker, comment="Cells are large enough.")
    numbers |= {"hidden": flow.submit(HIDING), "hostile": _hostile(flow), "revoked": flow.released(MEAN)}
    flow.judge(numbers["hidden"])
    for refused in ("returned", "hidden"):
        look_for_ways_out(flow.database, flow.settings, flow.id_of(numbers[refused]))
    flow.revoke(numbers["revoked"], MARKUP)
    numbers["rejected"] = flow.under_review({**FINE, "where": "income > 20000"})
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(numbers["rejected"], checker, Decision.REJECT, "Outside the purpose of the project.")
    _open_to_the_public(flow)
    numbers["own"] = _with_own_variables(flow)
    numbers["unseen"] = _unseen(flow)
    numbers["draft"] = drafted(flow, FINE, MEAN, said={"title": "Incomes"})
    numbers["noise"], numbers["released noise"] = _with_noise(flow)
    numbers["files"], numbers["refused file"] = _with_files(Files(flow))
    flow.show("incomes")
    with flow.database.transaction() as session:
        newcomer = make_person(session, subject="newcomer", name="Nina de Boer", vetted=False)
        make_grant(session, person=newcomer, project=session.merge(flow.world.project))
        nobody = make_person(session, subject="nobody", name="Niek Jansen", vetted=False)
        centre = session.merge(flow.world.centre)
        administrator = acting(session.merge(flow.world.administrator), Role.ADMINISTRATOR)
        said = {"level": "none", "share": 0.25, "reason": "Large populations only.", "version": 2}
        arrange(session, administrator, centre, None, **said)
        tests = [
            begin_attempt(session, Actor(person, "learner"), flow.settings)
            for person in (newcomer, session.merge(flow.world.researcher))
        ]
        answer_attempt(
            session, Actor(tests[1].person, "learner"), flow.settings, tests[1], [None] * len(tests[1].drawn)
        )
        numbers |= {"test": str(tests[0].id), "failed test": str(tests[1].id)}
        _given(session, flow)
        numbers |= _applied(session, within(session, flow.world))
    end_projects(flow)
    return Site(flow, newcomer, nobody, numbers, _with_logins(flow))


def _with_logins(flow: Flow) -> str:
    """The address of an invitation; two checkers have accounts, one of them a second factor."""
    secrets, secret = SecretStore(flow.settings.directory("secrets")), new_secret()
    with flow.database.transaction() as session:
        for checker in (flow.world.checker, flow.world.second_checker):
            person = session.get_one(Person, checker.id)
            account = create_account(
                session, SYSTEM, person, person.subject, "four quiet herons by the canal"
            )
            if checker is flow.world.checker:
                code = pyotp.TOTP(secret).now()
                add_authenticator(session, SYSTEM, secrets, account, secret, code)
        token = invite(session, SYSTEM, session.get_one(Person, flow.world.researcher.id))
    return f"{PATH}/{token}"


def _given(session: Session, flow: Flow) -> None:
    """Access that waits for a second administrator, and an emergency that nobody looked at."""
    administrator = session.get_one(Person, flow.world.administrator.id)
    actor, project = (
        acting(administrator, Role.ADMINISTRATOR),
        session.get_one(Project, flow.world.project.id),
    )
    several = make_person(session, name="Sven Willems"), make_person(session, name="Els Jacobs")
    hours = {"condition": "hours", "days": ["monday", "friday"], "begin": "08:00", "end": "18:00"}
    conditions = [*DEFAULT_CONDITIONS, hours]
    terms = Terms(several[0], project, Role.ANALYST, conditions, days(0), days(90), ["incomes"])
    propose_grant(session, actor, flow.settings, terms, "Joins the team in January.")
    why = "The mayor needs figures on the flooded streets tonight."
    give_emergency_access(session, actor, flow.settings, several[1], project, why)


def _applied(session: Session, world: World) -> dict[str, str]:
    """Applications for projects: a draft, one that came back, one at the steward, and a change beside what it changes."""
    drafted = begin(session, world, "drafted", title_en="Moving houses", title_nl="Verhuizingen")
    back = submit(session, world, begin(session, world, "came-back"))
    administrator = acting(world.second_administrator, Role.ADMINISTRATOR)
    why = "Why do you need the exact income, and not a class of it?"
    return_to_applicant(session, administrator, back, why, back.newest.row_version)
    applied = approve(session, world, submit(session, world, begin(session, world, "applied")), 1)
    settled, change = (approved(session, world, slug=slug) for slug in ("settled", "changed"))
    asked = content(wanted=[LESS], valid_until="2100-06-30", purpose="To aim the support of next year too.")
    begin_change(session, acting(world.researcher, Role.RESEARCHER), change, asked, "The programme runs on.")
    submit(session, world, change)
    names = ("drafted", "came back", "applied", "approved", "change")
    found = (drafted, back, applied, settled, change)
    return {name: one.number for name, one in zip(names, found, strict=True)}


def _unseen(flow: Flow) -> str:
    """The number of a request that the policy let out and the draw picked; afterwards people see everything again."""
    flow.let_policy_decide()
    number = flow.submit(FINE)
    flow.judge(number)
    flow.release(number)
    flow.arrange("two")
    return number


def _hostile(flow: Flow) -> str:
    """A request whose words nobody would let in, as somebody with the database in hands could put them there."""
    number = flow.under_review({**FINE, "where": "income > 15000"})
    with flow.database.transaction() as session:
        request = find(session, number)
        # A word wider than fifty narrow screens. Of ten times as many letters a browser takes 13 s to lay out a page.
        request.title = HOSTILE_TITLE + "W" * 1_000
        request.purpose = request.audience = request.population = HOSTILE_TITLE
        request.outputs[0].title = HOSTILE_TITLE
    return number


def _open_to_the_public(flow: Flow) -> None:
    with flow.database.transaction() as session:
        actor = acting(session.get_one(Person, flow.world.administrator.id), Role.ADMINISTRATOR)
        project = session.get_one(Project, flow.world.project.id)
        for about in (None, project):
            choose(
                session, actor, project.centre, about, opened=True, reason="Decided by the steering group."
            )


@contextmanager
def _served(settings: Settings, listener: socket.socket) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the site did not start"
        time.sleep(0.05)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
