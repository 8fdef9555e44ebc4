"""How one number travels, for tests: microdata that is registered and approved, a sandbox, and helpers for each step.

flow = make_flow(database, settings)
number = flow.submit(FINE)             # the public number of a request
flow.judge(number)
"""

from __future__ import annotations

import itertools
import pickle
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.decision import Door, decide
from api.access.models import DatasetView, Project, Sandbox
from api.access.sandboxes import start_sandbox
from api.catalogue.service import register_dataset
from api.db import Database
from api.people.models import Centre, Person, Role
from api.release.revocation import revoke_release
from api.release.service import write_release
from api.requests.judging import judge_request
from api.requests.models import OutputRequest, RequestState
from api.requests.submission import Prepared as Submission
from api.requests.submission import prepare as prepare_submission
from api.requests.submission import resubmit, submit
from api.review.models import Arrangement, Decision, Review
from api.review.requirements import Level, arrangement_of
from api.review.service import decide as review
from api.secrets import SecretStore
from api.settings import Settings
from output_checker.metadata import DatasetMetadata
from tests.api.factories import World, acting, make_world

PERSONS = 2_000
SEXES = {"F": {"nl": "Vrouw", "en": "Woman"}, "M": {"nl": "Man", "en": "Man"}}
AREAS = {f"=A{n}": {"nl": f"Wijk {n}", "en": f"Area {n}"} for n in range(3)}
FINE: dict[str, Any] = {"dataset": "people", "index": "sex", "columns": "area", "margins": True}
MEAN: dict[str, Any] = {"dataset": "people", "index": "sex", "values": "income", "aggfunc": "mean"}
SMALL: dict[str, Any] = {"dataset": "people", "index": "sex", "columns": "area", "where": "income < 10050"}
_keys = itertools.count(1)


def people_metadata(version: str = "1") -> DatasetMetadata:
    """Metadata of the microdata that `write_people` writes."""
    same = {"nl": "bron", "en": "source"}
    variables = [
        {
            "name": "person",
            "type": "integer",
            "role": "identifier",
            "label": {"nl": "Persoon", "en": "Person"},
        },
        _category("sex", "Geslacht", "Sex", SEXES),
        _category("area", "Wijk", "Area", AREAS),
        {"name": "income", "type": "number", "role": "sensitive", "label": {"nl": "Inkomen", "en": "Income"}},
        {"name": "secret", "type": "number", "role": "sensitive", "label": {"nl": "Geheim", "en": "Secret"}},
    ]
    document = {
        "name": "people",
        "version": version,
        "title": {"nl": "Personen", "en": "People"},
        "population": {"nl": "alle personen", "en": "all persons"},
        "source": same,
        "licence": "CC0",
        "units": {
            "person": {
                "key": "person",
                "label": {"nl": "personen", "en": "persons"},
                "one_row_per_unit": True,
            }
        },
        "variables": variables,
    }
    return DatasetMetadata.parse(document)


def _category(name: str, nl: str, en: str, codes: dict[str, Any]) -> dict[str, Any]:
    label = {"nl": nl, "en": en}
    return {"name": name, "type": "category", "role": "quasi_identifier", "label": label, "codes": codes}


def write_people(path: Path, persons: int = PERSONS, seed: int = 1) -> Path:
    """Write made-up microdata of so many persons."""
    random = np.random.default_rng(seed)
    table = pa.table(
        {
            "person": random.permutation(persons),
            "sex": random.choice(list(SEXES), persons),
            "area": random.choice(list(AREAS), persons),
            "income": np.round(random.uniform(10_000, 60_000, persons), 2),
            "secret": random.uniform(0, 1, persons),
        }
    )
    pq.write_table(table, path)
    return path


@dataclass
class Flow:
    """A world with registered microdata, a project view of it without the column `secret`, and a running sandbox."""

    database: Database
    settings: Settings
    secrets: SecretStore
    world: World
    sandbox_id: str
    token: str

    def submit(self, query: dict[str, Any], key: str = "", **words: str) -> str:
        """Submit as the researcher and return the public number."""
        return self.submit_document({"query": query, **words}, key)

    def submit_several(self, *queries: dict[str, Any], **words: str) -> str:
        """Submit several outputs as one request and return its public number."""
        return self.submit_document({"outputs": [{"query": query} for query in queries], **words})

    def submit_document(self, document: dict[str, Any], key: str = "") -> str:
        """Submit whatever a sandbox would send."""
        document = {"title": "Incomes by area", "purpose": "Policy on poverty."} | document
        key = key or f"key-{next(_keys):016d}"
        with self.database.reading() as session:
            sandbox = session.get_one(Sandbox, self.sandbox_id)
            prepared = prepare_submission(session, self.settings, sandbox.grant, document, key)
        return self.send(prepared)

    def send(self, prepared: Submission) -> str:
        """Submit what was prepared and return the public number."""
        with self.database.transaction() as session:
            sandbox = session.get_one(Sandbox, self.sandbox_id)
            actor = acting(sandbox.grant.person, Role.RESEARCHER)
            return submit(session, actor, self.settings, sandbox.grant, prepared).number

    def resubmit(self, number: str, document: dict[str, Any], key: str = "") -> OutputRequest:
        """Submit a returned request again as its author."""
        key = key or f"key-{next(_keys):016d}"
        with self.database.reading() as session:
            sandbox = session.get_one(Sandbox, self.sandbox_id)
            request = find(session, number)
            prepared = prepare_submission(session, self.settings, sandbox.grant, document, key, request)
        with self.database.transaction() as session:
            sandbox = session.get_one(Sandbox, self.sandbox_id)
            actor = acting(sandbox.grant.person, Role.RESEARCHER)
            return resubmit(session, actor, self.settings, sandbox.grant, find(session, number), prepared)

    def returned(self, *queries: dict[str, Any]) -> str:
        """Return the number of a request that both checkers gave back."""
        number = self.submit_several(*(queries or (FINE,)))
        assert self.judge(number) is RequestState.UNDER_REVIEW
        for checker in (self.world.checker, self.world.second_checker):
            self.review(number, checker, Decision.RETURN)
        return number

    def ask_reviewers(self, *, of_project: int, of_policy: int) -> Path:
        """Let project and policy each ask for so many checkers from now on, and return the file of the policy."""
        policy = self.settings.state_dir / "own.toml"
        policy.write_text(
            f'name = "own"\nversion = "1"\nreviewers = {of_policy}\n[title]\nnl = "Eigen"\nen = "Own"\n'
        )
        with self.database.transaction() as session:
            project = session.get_one(Project, self.world.project.id)
            project.policy, project.reviewers_required = str(policy), of_project
        self.arrange(Level.ONE)
        return policy

    def arrange(self, level: str, *, share: float = 1.0, project: bool = False) -> None:
        """Let the centre (or its project) say who must see outputs from now on, without asking who may say so."""
        with self.database.transaction() as session:
            of_project = session.get_one(Project, self.world.project.id) if project else None
            before = arrangement_of(session, session.get_one(Centre, self.world.centre.id), of_project)
            session.add(
                Arrangement(
                    centre_id=self.world.centre.id,
                    project=of_project,
                    version=before.version + 1 if before else 1,
                    level=level,
                    share=None if project else share,
                    reason="A test says so.",
                    set_by_id=self.world.administrator.id,
                )
            )

    def let_policy_decide(self, *, share: float = 1.0) -> None:
        """Let centre and project leave to the policy what passes everything."""
        self.arrange(Level.NONE, share=share)
        self.arrange(Level.NONE, project=True)

    def judge(self, number: str) -> RequestState:
        """Judge as the worker would, and return the state after it."""
        judge_request(self.database, self.settings, self.id_of(number))
        return self.state(number)

    def under_review(self, query: dict[str, Any] | None = None) -> str:
        """Return the number of a request that waits for checkers."""
        number = self.submit(query or FINE)
        assert self.judge(number) is RequestState.UNDER_REVIEW
        return number

    def review(
        self, number: str, person: Person, decision: Decision = Decision.APPROVE, comment: str = ""
    ) -> Review:
        """Decide as `person`, who just looked at the request."""
        with self.database.transaction() as session:
            request = find(session, number)
            actor = acting(session.get_one(Person, person.id), Role.CHECKER)
            return review(session, actor, request, decision, comment or "Seen.", request.row_version)

    def approved(self, query: dict[str, Any] | None = None) -> str:
        """Return the number of a request that both checkers approved."""
        number = self.under_review(query)
        self.review(number, self.world.checker)
        self.review(number, self.world.second_checker)
        return number

    def release(self, number: str) -> RequestState:
        """Release as the worker would, and return the state after it."""
        write_release(self.database, self.settings, self.secrets, self.id_of(number))
        return self.state(number)

    def released(self, query: dict[str, Any] | None = None) -> str:
        """Return the number of a released request."""
        number = self.approved(query)
        assert self.release(number) is RequestState.RELEASED
        return number

    def revoke(self, number: str, reason: str = "A wrong weight was used.") -> None:
        """Revoke a release as the administrator."""
        with self.database.transaction() as session:
            administrator = session.get_one(Person, self.world.administrator.id)
            actor = acting(administrator, Role.ADMINISTRATOR)
            revoke_release(session, actor, self.secrets, find(session, number), reason)

    def show(self, name: str) -> None:
        """Let the project see another dataset, with the same people in it."""
        with self.database.transaction() as session:
            # The project of the world itself, so that who merges it later does not take this view away again.
            session.add(self.world.project)
            source = next(self.settings.directory("data").glob("*.parquet"))
            path = self.settings.state_dir / f"{name}.parquet"
            shutil.copy(source, path)
            steward = acting(self.world.steward, Role.STEWARD)
            metadata = people_metadata().model_copy(update={"name": name})
            version = register_dataset(session, steward, self.settings, metadata, path)
            columns, approver = ["sex", "area", "income"], self.world.steward.id
            view = DatasetView(dataset_version=version, columns=columns, approved_by_id=approver)
            self.world.project.views.append(view)

    def id_of(self, number: str) -> int:
        with self.database.reading() as session:
            return find(session, number).id

    def state(self, number: str) -> RequestState:
        with self.database.reading() as session:
            return find(session, number).state


def find(session: Session, number: str) -> OutputRequest:
    """The request called `number`, whoever asks."""
    return session.scalars(select(OutputRequest).where(OutputRequest.number == number)).one()


def make_flow(database: Database, settings: Settings, *, persons: int = PERSONS) -> Flow:
    """A world in which the researcher sits in a sandbox with approved microdata."""
    path = write_people(settings.state_dir / "people.parquet", persons)
    with database.transaction() as session:
        world = make_world(session)
        steward = acting(world.steward, Role.STEWARD)
        version = register_dataset(session, steward, settings, people_metadata(), path)
        view = DatasetView(
            project=world.project,
            dataset_version=version,
            columns=["sex", "area", "income"],
            row_filter="income >= 10000",
            approved_by_id=world.steward.id,
        )
        session.add(view)
        session.flush()
        decision = decide(session, Door.OPEN_PROJECT, world.researcher, world.project)
        sandbox, token = start_sandbox(session, decision, settings)
        return Flow(database, settings, SecretStore(settings.directory("secrets")), world, sandbox.id, token)


@dataclass(frozen=True)
class Prepared:
    """A flow in a state directory that is copied for each test: copying is faster than making it again."""

    flow: Flow

    def copy_to(self, database: Database, settings: Settings) -> Flow:
        """The flow in the state directory of `settings`, whose database nobody has opened yet."""
        source = self.flow.settings.state_dir
        shutil.copy(source / "enclave.sqlite", settings.state_dir)
        shutil.copytree(source / "data", settings.state_dir / "data")
        # Through pickle, which SQLAlchemy understands: what a test does to people and projects stays its own.
        world = pickle.loads(pickle.dumps(self.flow.world))  # noqa: S301 - made here
        return replace(self.flow, database=database, settings=settings, world=world)


def prepare(directory: Path, migrated: Path, secrets_directory: Path) -> Prepared:
    """A flow in `directory`, with everything of its database in one file."""
    (directory / "secrets").symlink_to(secrets_directory)
    shutil.copy(migrated, directory / "enclave.sqlite")
    settings = Settings(state_dir=directory)
    database = Database(settings.database)
    flow = make_flow(database, settings)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return Prepared(flow)
