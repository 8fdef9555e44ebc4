"""Fills an installation with the demo: through the services of the api, each step with its audit record.

Everything happens in one transaction, so that an installation is filled as a whole or not at all; filling it again
changes nothing.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from api.access.conditions import DEFAULT_CONDITIONS
from api.access.models import Project
from api.access.proposals import confirm_grant, propose_grant
from api.access.service import Terms, approve_view, open_project
from api.audit.service import SYSTEM, Actor
from api.catalogue.models import DatasetVersion
from api.catalogue.service import register_dataset
from api.db import Database, now
from api.identity.accounts import SELF, create_account
from api.identity.second_factor import add_authenticator, new_secret
from api.people.models import Centre, EvidenceKind, Institution, Person, Role
from api.people.service import (
    add_centre,
    add_institution,
    add_person,
    appoint,
    assert_evidence,
    person_by_subject,
)
from api.secrets import SecretStore
from api.settings import Settings
from deploy.demo import accounts, applications
from output_checker.metadata import DatasetMetadata

CAST = Path(__file__).with_name("cast.toml")
YEAR = dt.timedelta(days=365)
DATASETS = ("census_income", "business_register")
SOURCES = {
    EvidenceKind.IDENTITY_CHECKED: "Paspoort gezien bij intake",
    EvidenceKind.STATEMENT_SIGNED: "Geheimhoudingsverklaring in dossier",
    EvidenceKind.TRAINING_PASSED: "Statistiekcursus voor onderzoekers, toets behaald",
    EvidenceKind.EMPLOYMENT: "Bevestiging van de personeelsafdeling",
}


def seed(database: Database, settings: Settings, world: Path) -> bool:
    """Fill the installation with the demo whose datasets are in the directory `world`; tell whether anything was done."""
    with database.transaction() as session:
        cast = tomllib.loads(CAST.read_text(encoding="utf-8"))
        if person_by_subject(session, next(iter(cast["people"]))) is not None:
            return False
        made = _Seeding(session, settings, cast).run(world)
        accounts.write(settings.state_dir, made)
    return True


class _Seeding:
    """One filling: what was made so far, by the names of the cast."""

    def __init__(self, session: Session, settings: Settings, cast: dict[str, Any]) -> None:
        self.session = session
        self.settings = settings
        self.cast = cast
        self.moment = now()
        self.institutions: dict[str, Institution] = {}
        self.centres: dict[str, Centre] = {}
        self.people: dict[str, Person] = {}
        self.accounts: dict[str, accounts.Account] = {}

    def run(self, world: Path) -> dict[str, accounts.Account]:
        """Make everything; return the accounts."""
        for key, words in self.cast["institutions"].items():
            self.institutions[key] = self._institution(words)
        for slug, words in self.cast["centres"].items():
            self.centres[slug] = add_centre(self.session, SYSTEM, slug=slug, **words)
        for login, words in self.cast["people"].items():
            self.people[login] = self._person(login, words)
        versions = {name: self._register(world, name) for name in DATASETS}
        for slug, words in self.cast["projects"].items():
            self._project(slug, words, versions)
        for slug, words in self.cast["applications"].items():
            applicant, centre = self.people[words["applicant"]], self.centres[words["centre"]]
            applications.apply(self.session, applicant, centre, slug, words, self._actor)
        return self.accounts

    def _actor(self, role: Role) -> Actor:
        """Return the first person of the cast who holds this office, acting in it."""
        return self._actors(role)[0]

    def _actors(self, role: Role) -> list[Actor]:
        return [
            Actor(person, role)
            for login, person in self.people.items()
            if role in self.cast["people"][login].get("appointed", [])
        ]

    def _institution(self, words: dict[str, str]) -> Institution:
        return add_institution(
            self.session,
            SYSTEM,
            name=words["name"],
            legal_basis=words["legal_basis"],
            authorised_from=self.moment - YEAR,
            authorised_until=self.moment + 2 * YEAR,
        )

    def _person(self, login: str, words: dict[str, Any]) -> Person:
        # The first of the cast is the administrator, put there by the service itself; they vet and appoint the others.
        vetting = self._actor(Role.ADMINISTRATOR) if self.people else SYSTEM
        person = add_person(
            self.session,
            vetting,
            subject=login,
            name=words["name"],
            email=f"{login}@enclave.example",
            language="nl",
            institution=self.institutions[words["institution"]],
        )
        self._evidence(vetting, person, words.get("lacks", []))
        for role in words.get("appointed", []):
            appoint(self.session, vetting, person, Role(role), None)
        self.accounts[login] = self._account(vetting, person, words)
        return person

    def _account(self, vetting: Actor, person: Person, words: dict[str, Any]) -> accounts.Account:
        password, secret = accounts.new_password(), ""
        account = create_account(self.session, vetting, person, person.subject, password)
        if words.get("appointed"):
            # Who holds an office decides about others, and that takes a second factor.
            secret = new_secret()
            secrets = SecretStore(self.settings.directory("secrets"))
            code = accounts.telephone_of(secret).code()
            add_authenticator(self.session, Actor(person, SELF), secrets, account, secret, code)
        return accounts.Account(person.subject, password, person.name, _does(words), secret)

    def _evidence(self, vetting: Actor, person: Person, lacks: list[str]) -> None:
        for kind, source in SOURCES.items():
            begin, end = self.moment - YEAR / 12, self.moment + YEAR
            if kind in lacks:
                if kind is not EvidenceKind.TRAINING_PASSED:
                    continue
                begin, end = self.moment - 3 * YEAR, self.moment - YEAR / 6  # it ran out
            assert_evidence(self.session, vetting, person, kind, source, begin, end)

    def _register(self, world: Path, name: str) -> DatasetVersion:
        metadata = DatasetMetadata.load(world / f"{name}.json")
        steward = self._actor(Role.STEWARD)
        return register_dataset(self.session, steward, self.settings, metadata, world / f"{name}.parquet")

    def _project(self, slug: str, words: dict[str, Any], versions: dict[str, DatasetVersion]) -> None:
        texts = {key: value for key, value in words.items() if key not in ("centre", "views")}
        project = open_project(
            self.session,
            self._actor(Role.ADMINISTRATOR),
            slug=slug,
            centre=self.centres[words["centre"]],
            policy="essnet",
            reviewers_required=2,
            valid_from=self.moment - YEAR / 12,
            valid_until=self.moment + YEAR,
            **texts,
        )
        for name, view in words["views"].items():
            steward = self._actor(Role.STEWARD)
            approve_view(self.session, steward, project, versions[name], view["columns"], view["row_filter"])
        self._grants(slug, project)

    def _grants(self, slug: str, project: Project) -> None:
        """One administrator proposes, the other confirms."""
        proposing, confirming = self._actors(Role.ADMINISTRATOR)
        for login, words in self.cast["people"].items():
            role = words.get("granted", {}).get(slug)
            if role is None:
                continue
            period = self.moment, self.moment + YEAR
            terms = Terms(self.people[login], project, Role(role), DEFAULT_CONDITIONS, *period)
            reason = f"Projectteam {project.title_nl}"
            proposal = propose_grant(self.session, proposing, self.settings, terms, reason)
            confirm_grant(self.session, confirming, proposal)


def _does(words: dict[str, Any]) -> str:
    granted = [f"{role} in {slug}" for slug, role in words.get("granted", {}).items()]
    lacking = [f"lacks {what.replace('_', ' ')}" for what in words.get("lacks", [])]
    return ", ".join([*words.get("appointed", []), *granted, *lacking])
