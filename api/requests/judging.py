"""Judging a submitted request: recompute every output from our own copy, store the verdicts, move the request on.

Three steps: what is to be done is written down (`begin`), done (`judged`: knows no database, so that it can run apart),
and taken (`conclude`). Killed at any line, it is done again from the state that was committed last, and nothing happens
twice: the computation changes nothing, and its result is taken only while the request is still as it was when it began.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from api.access.policies import policy_of
from api.audit.service import SYSTEM, record
from api.budget.answering import NoiseWork, answer_to, answered, check_paid
from api.budget.models import PrivacyCharge
from api.budget.service import store
from api.catalogue.copies import Copies, Copy
from api.catalogue.service import prove
from api.catalogue.views import views_of
from api.db import Database, now
from api.inspection.judging import FileWork, file_work, judge_file
from api.jobs.service import JobKind, enqueue
from api.requests.earlier import doubt_between, questions_before
from api.requests.models import Objection, Output, OutputRequest, RequestState
from api.requests.own_values import supplied_to
from api.requests.questions import dataset_seen, limits_of
from api.requests.service import move
from api.requests.verdicts import digest_of, has_ways_out, objections_in, reference_to, summary
from api.review.requirements import may_be_settled
from api.review.settling import settle
from api.settings import Settings
from output_checker.dataset import Dataset
from output_checker.engine import Limits
from output_checker.errors import OutputCheckerError
from output_checker.judge import judge_together
from output_checker.noise.documents import NoisyAnswer
from output_checker.noise.judgement import verdict_on
from output_checker.policy import load_policy
from output_checker.query import Query
from output_checker.text import Text
from output_checker.verdict import Outcome, Verdict

BEGUN = Text("De beoordeling is begonnen.", "Judging has begun.")
NOT_JUDGED = Text(
    "De aanvraag kon niet worden beoordeeld door een storing bij ons; dien opnieuw in.",
    "The request could not be judged because of a failure on our side; submit again.",
)
TOO_MUCH_MEMORY = Text(
    "De beoordeling vroeg meer geheugen dan één aanvraag mag gebruiken; vraag een kleinere tabel.",
    "Judging needed more memory than one request may use; ask for a smaller table.",
)


@dataclass(frozen=True)
class Written:
    """A verdict as JSON, with its sha256."""

    document: dict[str, Any]
    sha256: str


def _written(verdict: Verdict) -> Written:
    document = verdict.model_dump(mode="json")
    return Written(document, digest_of(document))


@dataclass(frozen=True)
class Judged:
    """The verdicts by output id; or none, and why the request cannot be judged.

    `doubts` are what earlier outputs raise, None when they were not compared. `answers` are those with noise, by output
    id: which one counts is settled when they are taken, and unless it is another one its verdict is here.
    """

    verdicts: dict[int, Verdict]
    impossible: Text | None = None
    doubts: tuple[Text, ...] | None = None
    answers: dict[int, NoisyAnswer] = field(default_factory=dict)

    @cached_property
    def drawn(self) -> Mapping[int, dict[str, Any]]:
        """The answers with noise as they are stored."""
        return {output: answer.model_dump(mode="json") for output, answer in self.answers.items()}

    @cached_property
    def written(self) -> Mapping[int, Written]:
        """The verdicts as they are stored."""
        return {output: _written(verdict) for output, verdict in self.verdicts.items()}

    def ready(self) -> Judged:
        """Return this with everything written as it is stored: others wait while it is taken, but not for that."""
        _ = self.drawn, self.written
        return self

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
    """Outputs to judge on one version of a dataset, `sha256` of which was registered: everything that this takes.

    `earlier` are the questions to compare with, None when people look anyway. With a `copy` of the file, which was proven
    to be what was registered, that is read; without one the file is proven first.
    """

    outputs: tuple[int, ...]
    queries: tuple[Query, ...]
    dataset: Dataset
    sha256: str
    policy: str
    limits: Limits
    earlier: tuple[Query, ...] | None = None
    copy: Copy | None = None

    def on_copy(self, copies: Copies) -> Work:
        """Return the same work, on a copy of the microdata where there can be one."""
        return replace(self, copy=copies.of(self.dataset.path, self.sha256))

    def proven(self) -> Work:
        """Return the same work on microdata that were proven to be what was registered; raises DatasetError."""
        if self.copy is None:
            prove(self.dataset, self.sha256)
            return self
        return replace(self, dataset=replace(self.dataset, path=self.copy.path))

    @property
    def memory_bytes(self) -> int:
        """Bytes of memory that the engine may take for this."""
        return self.limits.memory_bytes

    @property
    def seconds(self) -> int:
        """Seconds of a processor that this may take."""
        return int(self.limits.seconds * self.limits.threads) * len((*self.queries, *(self.earlier or ())))


AnyWork = Work | FileWork | NoiseWork


@dataclass(frozen=True)
class Task:
    """A request that is being judged, as it was when that began; `judged` tells that it cannot be."""

    request_id: int
    row_version: int
    works: Sequence[AnyWork] = ()
    judged: Judged | None = None


def with_copies(works: Sequence[AnyWork], copies: Copies) -> list[AnyWork]:
    """Return the same work, on copies of the microdata where there can be any."""
    return [work.on_copy(copies) if isinstance(work, Work) else work for work in works]


def judge_request(database: Database, settings: Settings, request_id: int) -> None:
    """Judge a request that waits for it and store the verdict; any other request is left as it is."""
    task = begin(database, settings, request_id)
    if task is not None:
        result = (task.judged or judged(task.works)).ready()
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
            request = session.get_one(OutputRequest, request_id)
            works = _compared(session, request, works_of(settings, request.outputs))
        except OutputCheckerError as error:
            return Task(request_id, row_version, judged=Judged({}, error.message))
    return Task(request_id, row_version, works)


def conclude(session: Session, task: Task, result: Judged) -> None:
    """Take the result of a task, unless the request changed since it began."""
    request = session.get_one(OutputRequest, task.request_id)
    # Withdrawn meanwhile, or judged by a worker that was believed dead: then this result is dropped.
    if request.row_version == task.row_version:
        _conclude(session, request, result)


def judge_all(settings: Settings, request: OutputRequest, outputs: Sequence[Output] | None = None) -> Judged:
    """Recompute and judge queries from the registered microdata and inspect files: all of a request, or `outputs` of it.

    Nothing changes but that what people are to see of files is kept.
    """
    try:
        return judged(works_of(settings, request.outputs if outputs is None else outputs))
    except OutputCheckerError as error:
        return Judged({}, error.message)


def works_of(settings: Settings, outputs: Sequence[Output]) -> list[AnyWork]:
    """Return what judging outputs of a request takes.

    Outputs on the same microdata are judged together: what one of them hides may not follow from another. Raises
    output_checker's DatasetError (the project no longer sees these microdata) or QueryError.
    """
    together: dict[int, list[Output]] = defaultdict(list)
    for output in outputs:
        if output.dataset_version_id is not None and output.charge is None:
            together[output.dataset_version_id].append(output)
    tables = [_work(settings, several) for several in together.values()]
    noisy = [_noise_work(settings, output, output.charge) for output in outputs if output.charge]
    return [*tables, *noisy, *(file_work(settings, output) for output in outputs if output.is_file)]


def judged(works: Sequence[AnyWork]) -> Judged:
    """Recompute and judge from the registered microdata, proven to be what was registered."""
    try:
        proven = [work.proven() if isinstance(work, Work) else work for work in works]
        exact = [work for work in proven if not isinstance(work, NoiseWork)]
        verdicts = {output: verdict for work in exact for output, verdict in _verdicts(work).items()}
        doubts = _doubts(proven, verdicts.values())
        noisy = [(work, answered(work)) for work in proven if isinstance(work, NoiseWork)]
        verdicts |= {work.output: _verdict_on(answer, work.policy) for work, answer in noisy}
        return Judged(verdicts, doubts=doubts, answers={work.output: answer for work, answer in noisy})
    except OutputCheckerError as error:
        return Judged({}, error.message)
    except MemoryError:
        return Judged({}, TOO_MUCH_MEMORY)


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
    return Work(
        tuple(output.id for output in outputs),
        tuple(Query.parse(output.query) for output in outputs),
        replace(dataset_seen(settings, project, version), supplied=supplied_to(settings, outputs[0].request)),
        version.sha256,
        project.policy,
        limits_of(settings),
    )


def _noise_work(settings: Settings, output: Output, charge: PrivacyCharge) -> NoiseWork:
    """What answering a question with noise takes, that was paid for."""
    version, query, project = output.dataset_version, Query.parse(output.query), output.request.project
    dataset = dataset_seen(settings, project, version)
    check_paid(charge, query, views_of(project)[version.dataset.name])
    return NoiseWork(
        output.id,
        query,
        dataset,
        version.sha256,
        project.policy,
        limits_of(settings),
        answer_to(charge),
    )


def _compared(session: Session, request: OutputRequest, works: Sequence[AnyWork]) -> list[AnyWork]:
    """The same work, with what left before where a policy may decide: people see that for themselves."""
    if not may_be_settled(session, request):
        return list(works)
    outputs = {output.id: output for output in request.outputs}
    return [
        replace(work, earlier=questions_before(session, request, [outputs[one] for one in work.outputs]))
        if isinstance(work, Work)
        else work
        for work in works
    ]


def _doubts(works: Sequence[AnyWork], verdicts: Iterable[Verdict]) -> tuple[Text, ...] | None:
    """What earlier outputs raise; compared only where everything passes, for the rest goes to people anyway."""
    if any(verdict.outcome is not Outcome.PASS for verdict in verdicts):
        return None
    doubts = list[Text]()
    for work in works:
        if not isinstance(work, Work) or work.earlier is None:
            return None
        doubt = doubt_between(work.queries, work.earlier, work.dataset, load_policy(work.policy), work.limits)
        doubts += [doubt] if doubt else []
    return tuple(doubts)


def _verdicts(work: Work | FileWork) -> dict[int, Verdict]:
    if isinstance(work, FileWork):
        return {work.output: judge_file(work)}
    verdicts = judge_together(work.queries, work.dataset, load_policy(work.policy), work.limits)
    return dict(zip(work.outputs, verdicts, strict=True))


def _conclude(session: Session, request: OutputRequest, judged: Judged) -> None:
    verdicts = {**judged.verdicts, **_kept(session, request, judged)}
    for output in request.outputs if verdicts else ():
        verdict = verdicts[output.id]
        is_judged = verdict is judged.verdicts.get(output.id)
        _store(session, output, verdict, judged.written[output.id] if is_judged else _written(verdict))
    findings = [finding for verdict in verdicts.values() for finding in verdict.findings]
    if judged.impossible:
        move(session, request, RequestState.RETURNED, SYSTEM, judged.impossible)
    elif any(verdict.outcome is Outcome.FAIL for verdict in verdicts.values()):
        move(session, request, RequestState.RETURNED, SYSTEM, summary(tuple(findings)))
    else:
        settle(session, request, judged.doubts)
    if any(has_ways_out(output) for output in request.outputs):
        enqueue(session, JobKind.PROPOSE, request.id, request.round)


def _kept(session: Session, request: OutputRequest, judged: Judged) -> dict[int, Verdict]:
    """Store answers with noise, and return the verdicts on those that count instead: others were stored first."""
    stored = {
        output: store(session, output.charge.id, judged.drawn[output.id])
        for output in request.outputs
        if output.charge and output.id in judged.drawn
    }
    others = {output: one for output, one in stored.items() if one != judged.drawn[output.id]}
    if not others:
        return {}
    policy = reference_to(policy_of(request.project))
    return {output.id: verdict_on(NoisyAnswer.model_validate(one), policy) for output, one in others.items()}


def _verdict_on(answer: NoisyAnswer, policy: str) -> Verdict:
    return verdict_on(answer, reference_to(load_policy(policy)))


def _store(session: Session, output: Output, verdict: Verdict, written: Written) -> None:
    output.verdict = written.document
    output.judged_at = now()
    objections = objections_in(verdict)
    output.objections = [Objection(rule=rule, outcome=outcome) for rule, outcome in objections.items()]
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
        verdict_sha256=written.sha256,
    )
