"""Tables of output requests, their outputs and the history of their states."""

from __future__ import annotations

import datetime as dt
import json
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Dialect, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from api.access.models import Project
from api.budget.models import PrivacyCharge
from api.catalogue.models import DatasetVersion
from api.db import Base, now
from api.people.models import Person
from output_checker.text import Text


class BilingualText(TypeDecorator[Text]):
    """Words in Dutch and English, kept as JSON."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Text | None, dialect: Dialect) -> str | None:
        """Turn words into JSON."""
        return value if value is None else json.dumps({"nl": value.nl, "en": value.en}, ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Text | None:
        """Turn JSON into words."""
        return value if value is None else Text(**json.loads(value))


class RequestState(StrEnum):
    """Where a request is; which steps are lawful stands in api/requests/states.py."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    JUDGING = "judging"
    UNDER_REVIEW = "under_review"
    ONE_REVIEW_IN = "one_review_in"
    REVIEWED = "reviewed"
    RETURNED = "returned"
    APPROVED = "approved"
    RELEASED = "released"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


class OutputRequest(Base):
    """A researcher's wish to let outputs leave; `row_version` rises with each change of state."""

    __tablename__ = "output_request"
    __table_args__ = (UniqueConstraint("author_id", "project_id", "idempotency_key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    title: Mapped[str]
    purpose: Mapped[str]
    population: Mapped[str] = mapped_column(default="", server_default="")
    question: Mapped[str] = mapped_column(default="", server_default="")
    audience: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[RequestState] = mapped_column(index=True)
    row_version: Mapped[int] = mapped_column(default=1)
    round: Mapped[int] = mapped_column(default=1)
    idempotency_key: Mapped[str]
    body_digest: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    project: Mapped[Project] = relationship()
    author: Mapped[Person] = relationship()
    every_output: Mapped[list[Output]] = relationship(
        back_populates="request", order_by="(Output.round, Output.position)"
    )
    rounds: Mapped[list[RequestRound]] = relationship(
        back_populates="request", order_by="RequestRound.number"
    )
    history: Mapped[list[StateChange]] = relationship(back_populates="request", order_by="StateChange.id")

    @property
    def outputs(self) -> list[Output]:
        """The outputs of the present round, in order; those of earlier rounds are history."""
        return self.outputs_in(self.round)

    def outputs_in(self, number: int) -> list[Output]:
        """Return the outputs of round `number` (1 is the first), in order."""
        return [output for output in self.every_output if output.round == number]


class RequestRound(Base):
    """What was said of a request when it was submitted for the `number`-th time.

    `context` holds its words of then (title, purpose, population, question, audience). `reviewers`, `machine` and
    `policy_digest` are what was asked of it then (see api/review/requirements.py): later it may only get stricter. They
    are None for rounds that are older than these columns.
    """

    __tablename__ = "request_round"
    __table_args__ = (
        UniqueConstraint("request_id", "number"),
        UniqueConstraint("request_id", "idempotency_key", name="uq_request_round_idempotency_key"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("output_request.id"), index=True)
    number: Mapped[int]
    idempotency_key: Mapped[str]
    body_digest: Mapped[str]
    context: Mapped[dict[str, Any]]
    reviewers: Mapped[int | None]
    machine: Mapped[bool | None]
    policy_digest: Mapped[str | None]
    submitted_at: Mapped[dt.datetime] = mapped_column(default=now, index=True)
    request: Mapped[OutputRequest] = relationship(back_populates="rounds")


class Draft(Base):
    """What a request will ask for when its author submits it: its first round, or the next one after it came back.

    `document` is what a sandbox would send (see api/requests/documents.py): words and outputs, not judged, seen by
    nobody but the author. `version` rises with each change.
    """

    __tablename__ = "draft"
    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("output_request.id"), unique=True)
    document: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)
    request: Mapped[OutputRequest] = relationship()


FILE = "file"
"""The kind of what stands in the place of a query when a file is asked for; no kind of query is called so."""


class Sort(StrEnum):
    """What an output is called by: a figure that the service draws is none of a table's cells, a file neither."""

    TABLE = "table"
    FIGURE = "figure"
    FILE = "file"


def sort_of(query: dict[str, Any]) -> Sort:
    """Return what is called a file, a figure, or (anything else with numbers) a table."""
    kind = query.get("kind")
    return Sort(kind) if kind in (FILE, Sort.FIGURE) else Sort.TABLE


class Output(Base):
    """One query of a request in one round, the policy and dataset version it is judged by, and the verdict.

    A file stands in the place of a query by its name and sha256 (see api/inspection/asking.py); it has no dataset.
    `charge` paid for an answer with noise, and holds it: of such an output nobody sees a true number.
    `verdict` is an output_checker Verdict as JSON (with evidence: for people inside only), read when it is asked for: it may
    be large.
    """

    __tablename__ = "output"
    __table_args__ = (
        UniqueConstraint("request_id", "round", "position"),
        # Holds all that is asked of what left before, so that no verdict is read for it.
        Index(
            "ix_output_microdata", "dataset_version_id", "request_id", "round", "query_digest", "charge_id"
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("output_request.id"), index=True)
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    position: Mapped[int]
    title: Mapped[str] = mapped_column(default="", server_default="")
    query: Mapped[dict[str, Any]]
    query_digest: Mapped[str]
    dataset_version_id: Mapped[int | None] = mapped_column(ForeignKey("dataset_version.id"))
    verdict: Mapped[dict[str, Any] | None] = mapped_column(JSON, deferred=True)
    judged_at: Mapped[dt.datetime | None]
    charge_id: Mapped[int | None] = mapped_column(ForeignKey("privacy_charge.id"))
    request: Mapped[OutputRequest] = relationship(back_populates="every_output")
    charge: Mapped[PrivacyCharge | None] = relationship()
    its_dataset_version: Mapped[DatasetVersion | None] = relationship()
    objections: Mapped[list[Objection]] = relationship(back_populates="output")
    ways_out: Mapped[list[WayOut]] = relationship(order_by="WayOut.place")

    @property
    def is_file(self) -> bool:
        """Whether this is a file, and no query."""
        return self.query.get("kind") == FILE

    @property
    def sort(self) -> Sort:
        """What this is called by."""
        return sort_of(self.query)

    @property
    def dataset_version(self) -> DatasetVersion:
        """The version of the dataset that a query is about; a file has none (ValueError)."""
        if self.its_dataset_version is None:
            raise ValueError("a file is not about a dataset")
        return self.its_dataset_version

    @dataset_version.setter
    def dataset_version(self, version: DatasetVersion) -> None:
        self.its_dataset_version = version


class Objection(Base):
    """That a rule refused an output or sent it to people: what the verdict says, without its table and evidence.

    Kept apart so that a year of verdicts can be counted without reading a year of tables.
    """

    __tablename__ = "objection"
    __table_args__ = (UniqueConstraint("output_id", "rule"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    output_id: Mapped[int] = mapped_column(ForeignKey("output.id"))
    rule: Mapped[str]
    outcome: Mapped[str]
    output: Mapped[Output] = relationship(back_populates="objections")


class WayOut(Base):
    """A table that would do instead of one that does not pass, as the service found and judged it after the verdict.

    `place` is its number among them (0 is the first), as in the notebook. `does` and `changes` (the fields of the query
    that differ) tell where too few units are, and are for people inside only; `outside` is fit for the author's page.
    """

    __tablename__ = "way_out"
    __table_args__ = (UniqueConstraint("output_id", "place"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    output_id: Mapped[int] = mapped_column(ForeignKey("output.id"))
    place: Mapped[int]
    does: Mapped[Text] = mapped_column(BilingualText)
    outside: Mapped[Text] = mapped_column(BilingualText)
    outcome: Mapped[str]
    changes: Mapped[dict[str, Any]]


class StateChange(Base):
    """A step a request took in a round: by whom (nobody: the service itself) and why."""

    __tablename__ = "state_change"
    # Holds all that turnaround is counted from, so that counting never reads the rows themselves.
    __table_args__ = (Index("ix_state_change_course", "request_id", "round", "before", "after", "at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("output_request.id"))
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    at: Mapped[dt.datetime] = mapped_column(default=now)
    before: Mapped[RequestState | None]
    after: Mapped[RequestState]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[Text] = mapped_column(BilingualText)
    request: Mapped[OutputRequest] = relationship(back_populates="history")
    by: Mapped[Person | None] = relationship()
