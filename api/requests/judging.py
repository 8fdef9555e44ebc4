"""Judging a submitted request: recompute every output from our own copy, store the verdicts, move the request on.

Killed at any line, it is done again from the state that was committed last, and nothing happens twice: the
computation changes nothing, and its result is taken only while the request is still as it was when it began.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from api.audit.service import SYSTEM, record
from api.catalogue.service import dataset_of
from api.catalogue.views import views_of
from api.db import Database, now
from api.requests.models import Output, OutputRequest, RequestState
from api.requests.own_values import supplied_to
from api.requests.questions import limits_of
from api.requests.service import move
from api.requests.verdicts import summary, verdict_digest
from api.settings import Settings
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


def judge_request(database: Database, settings: Settings, request_id: int) -> None:
    """Judge a request that waits for it and store the verdict; any other request is left as it is."""
    with database.transaction() as session:
        row_version = _begin(session, session.get_one(OutputRequest, request_id))
    if row_version is None:
        return
    with database.reading() as session:
        judged = judge_all(settings, session.get_one(OutputRequest, request_id))
    with database.transaction() as session:
        request = session.get_one(OutputRequest, request_id)
        # Withdrawn meanwhile, or judged by a worker that was believed dead: then this result is dropped.
        if request.row_version == row_version:
            _conclude(session, request, judged)


def judge_all(settings: Settings, request: OutputRequest) -> Judged:
    """Recompute and judge every output of a request from the registered microdata; changes nothing.

    Outputs on the same microdata are judged together: what one of them hides may not follow from another.
    """
    together: dict[int, list[Output]] = defaultdict(list)
    for output in request.outputs:
        together[output.dataset_version_id].append(output)
    try:
        judged = [_judge(settings, outputs) for outputs in together.values()]
        return Judged({output: verdict for verdicts in judged for output, verdict in verdicts.items()})
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


def _judge(settings: Settings, outputs: list[Output]) -> dict[int, Verdict]:
    """The verdicts by output id of outputs on one version of a dataset."""
    project, version = outputs[0].request.project, outputs[0].dataset_version
    view = views_of(project).get(version.dataset.name)
    if view is None or view.dataset_version_id != version.id:
        raise DatasetError(VIEW_GONE, field=version.dataset.name)
    supplied = supplied_to(settings, outputs[0].request)
    dataset = replace(dataset_of(settings, version, view), supplied=supplied)
    queries = [Query.parse(output.query) for output in outputs]
    verdicts = judge_together(queries, dataset, load_policy(project.policy), limits_of(settings))
    return {output.id: verdict for output, verdict in zip(outputs, verdicts, strict=True)}


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
