"""Judging a submitted request: recompute every output from our own copy, store the verdicts, move the request on.

Three steps: what is to be done is written down (`begin`), done (`judged`: knows no database, so that it can run apart),
and taken (`conclude`). Killed at any line, it is done again from the state that was committed last, and nothing happens
twice: the computation changes nothing, and its result is taken only while the request is still as it was when it began.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from api.audit.service import SYSTEM, record
from api.catalogue.service import as_registered, prove
from api.catalogue.views import views_of
from api.db import Database, now
from api.requests.models import Output, OutputRequest, RequestState
from api.requests.own_values import supplied_to
from api.requests.questions import limits_of
from api.requests.service import move
from api.requests.verdicts import summary, verdict_digest
from api.settings import Settings
from output_checker.dataset import Dataset
from output_checker.engine import Limits
from output_checker.errors import DatasetError, OutputCheckerError
from output_checker.judge import judge_together
from output_checker.policy import load_policy
from output_checker.query import Query
from output_checker.text import Text
from output_checker.verdict import Outcome, Verdict

BEGUN = Text("De beoordeling is begonnen.", "Judging has begun.")
FOR_PEOPLE = Text(
    "De regels keuren niets af; outputcontroleurs kijken nu.",
    "The rules refuse nothing; output checkers look now.",
)
NOT_JUDGED = Text(
    "De aanvraag kon niet worden beoordeeld door een storing bij ons; dien opnieuw in.",
    "The request could not be judged because of a failure on our side; submit again.",
)
VIEW_GONE = Text(
    "Deze microdata zijn niet meer vrijgegeven voor dit project.",
    "These microdata are no longer approved for this project.",
)


@dataclass(frozen=True)
class Judged:
    """The verdicts by output id; or none, and why the request cannot be judged."""

    verdicts: dict[int, Verdict]
    impossible: Text | None = None

    def to_json(self) -> bytes:
        """Return this as JSON."""
        return _JUDGED.dump_json(self)

    @staticmethod
    def from_json(document: bytes) -> Judged:
        """Read what `to_json` wrote; raises pydantic's ValidationError for anything else."""
        return _JUDGED.validate_json(document)


_JUDGED: TypeAdapter[Judged] = TypeAdapter(Judged)


@dataclass(frozen=True)
class Work:
    """Outputs to judge on one version of a dataset, `sha256` of which was registered: everything that this takes."""

    outputs: tuple[int, ...]
    queries: tuple[Query, ...]
    dataset: Dataset
    sha256: str
    policy: str
    limits: Limits


@dataclass(frozen=True)
class Task:
    """A request that is being judged, as it was when that began; `judged` tells that it cannot be."""

    request_id: int
    row_version: int
    works: Sequence[Work] = ()
    judged: Judged | None = None


def judge_request(database: Database, settings: Settings, request_id: int) -> None:
    """Judge a request that waits for it and store the verdict; any other request is left as it is."""
    task = begin(database, settings, request_id)
    if task is not None:
        result = task.judged or judged(task.works)
        with database.transaction() as session:
            conclude(session, task, result)


def begin(database: Database, settings: Settings, request_id: int) -> Task | None:
    """Let the judging of a request begin and return what is to be done; None when it does not wait for that."""
    with database.transaction() as session:
        row_version = _begin(session, session.get_one(OutputRequest, request_id))
    if row_version is None:
        return None
    with database.reading() as session:
        try:
            works = works_of(settings, session.get_one(OutputRequest, request_id))
        except OutputCheckerError as error:
            return Task(request_id, row_version, judged=Judged({}, error.message))
    return Task(request_id, row_version, works)


def conclude(session: Session, task: Task, result: Judged) -> None:
    """Take the result of a task, unless the request changed since it began."""
    request = session.get_one(OutputRequest, task.request_id)
    # Withdrawn meanwhile, or judged by a worker that was believed dead: then this result is dropped.
    if request.row_version == task.row_version:
        _conclude(session, request, result)


def judge_all(settings: Settings, request: OutputRequest) -> Judged:
    """Recompute and judge every output of a request from the registered microdata; changes nothing."""
    try:
        return judged(works_of(settings, request))
    except OutputCheckerError as error:
        return Judged({}, error.message)


def works_of(settings: Settings, request: OutputRequest) -> list[Work]:
    """Return what judging the outputs of a request takes.

    Outputs on the same microdata are judged together: what one of them hides may not follow from another. Raises
    output_checker's DatasetError (the project no longer sees these microdata) or QueryError.
    """
    together: dict[int, list[Output]] = defaultdict(list)
    for output in request.outputs:
        together[output.dataset_version_id].append(output)
    return [_work(settings, outputs) for outputs in together.values()]


def judged(works: Sequence[Work]) -> Judged:
    """Recompute and judge from the registered microdata, proven to be what was registered."""
    try:
        return Judged({output: verdict for work in works for output, verdict in _verdicts(work).items()})
    except OutputCheckerError as error:
        return Judged({}, error.message)


def give_up_judging(session: Session, request_id: int) -> None:
    """Return a request that keeps failing to be judged to its author, who is told that it is our fault."""
    request = session.get_one(OutputRequest, request_id)
    if request.state in (RequestState.SUBMITTED, RequestState.JUDGING):
        move(session, request, RequestState.RETURNED, SYSTEM, NOT_JUDGED)


def _begin(session: Session, request: OutputRequest) -> int | None:
    if request.state is RequestState.SUBMITTED:
        move(session, request, RequestState.JUDGING, SYSTEM, BEGUN)
    return request.row_version if request.state is RequestState.JUDGING else None


def _work(settings: Settings, outputs: Sequence[Output]) -> Work:
    """What judging outputs on one version of a dataset takes."""
    project, version = outputs[0].request.project, outputs[0].dataset_version
    view = views_of(project).get(version.dataset.name)
    if view is None or view.dataset_version_id != version.id:
        raise DatasetError(VIEW_GONE, field=version.dataset.name)
    return Work(
        tuple(output.id for output in outputs),
        tuple(Query.parse(output.query) for output in outputs),
        replace(as_registered(settings, version, view), supplied=supplied_to(settings, outputs[0].request)),
        version.sha256,
        project.policy,
        limits_of(settings),
    )


def _verdicts(work: Work) -> dict[int, Verdict]:
    prove(work.dataset, work.sha256)
    verdicts = judge_together(work.queries, work.dataset, load_policy(work.policy), work.limits)
    return dict(zip(work.outputs, verdicts, strict=True))


def _conclude(session: Session, request: OutputRequest, judged: Judged) -> None:
    for output in request.outputs if judged.verdicts else ():
        _store(session, output, judged.verdicts[output.id])
    findings = [finding for verdict in judged.verdicts.values() for finding in verdict.findings]
    if judged.impossible:
        move(session, request, RequestState.RETURNED, SYSTEM, judged.impossible)
    elif any(verdict.outcome is Outcome.FAIL for verdict in judged.verdicts.values()):
        move(session, request, RequestState.RETURNED, SYSTEM, summary(tuple(findings)))
    else:
        move(session, request, RequestState.UNDER_REVIEW, SYSTEM, FOR_PEOPLE)


def _store(session: Session, output: Output, verdict: Verdict) -> None:
    output.verdict = verdict.model_dump(mode="json")
    output.judged_at = now()
    session.flush()
    record(
        session,
        SYSTEM,
        "output.judge",
        f"request:{output.request.number}",
        "judged by policy",
        output=output.position,
        outcome=verdict.outcome,
        query_digest=verdict.query_digest,
        dataset=verdict.dataset.model_dump(),
        policy=verdict.policy.model_dump(),
        verdict_sha256=verdict_digest(output),
    )
