"""Who must see what the rules do not refuse: the one place that says how many checkers a request takes, or none.

A centre and each of its projects say a level; of the two, and of what was said when the request was submitted, the
stricter holds, part by part. Closed on doubt: a level that nobody knows is the strictest, and an output that cannot be
read as a query (a file) always takes two people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.access.models import Project
from api.access.policies import policy_of
from api.errors import UnavailableError
from api.people.models import Centre
from api.requests.models import Output, OutputRequest, RequestRound
from api.requests.verdicts import verdict_of
from api.review.models import Arrangement, Decision, Review, Vote
from output_checker.errors import OutputCheckerError, PolicyError
from output_checker.policy import Policy, check_tightens, load_policy
from output_checker.query import Query
from output_checker.text import Text
from output_checker.verdict import Outcome, Verdict

STRICT_PRESETS: Final = ("essnet",)
"""Presets so strict that what passes every rule may leave unseen; a policy that tightens one of them counts too."""

FILE_REVIEWERS: Final = 2
"""Files are not recomputed: always two people."""


class Level(StrEnum):
    """Who must see what the rules do not refuse."""

    TWO = "two"
    ONE = "one"
    NONE = "none"


@dataclass(frozen=True)
class Asked:
    """How many checkers look at what people must see, and whether the service may settle what passes every rule."""

    reviewers: int
    machine: bool

    def with_(self, other: Asked) -> Asked:
        """Return what satisfies both: the stricter of each part."""
        return Asked(max(self.reviewers, other.reviewers), self.machine and other.machine)

    def is_at_least_as_strict_as(self, other: Asked) -> bool:
        """Tell whether no part of this asks less than `other`."""
        return self.with_(other) == self


ASKED: Final[dict[Level, Asked]] = {
    Level.TWO: Asked(2, machine=False),
    Level.ONE: Asked(1, machine=False),
    Level.NONE: Asked(2, machine=True),
}
"""What each level asks. Where the service may settle what passes everything, two people look at the rest."""

NOT_ARRANGED = Text("Mensen zien hier alle uitvoer.", "People see all output here.")
SEEN_BEFORE = Text(
    "Outputcontroleurs beslisten over een eerdere ronde.", "Output checkers decided on an earlier round."
)
REFUSED_BEFORE = Text(
    "Een outputcontroleur keurde dezelfde uitvoer eerder niet goed.",
    "An output checker did not approve the same output before.",
)
NOT_PASSED = Text(
    "Niet alle uitvoer voldoet zonder bedenking aan elke regel.",
    "Not every output passes each rule without objection.",
)
OWN_VARIABLE = Text(
    "Er is een variabele van de aanvrager zelf gebruikt.", "A variable of the author's own was used."
)
A_FILE = Text("Er is een bestand bij dat geen vraag is.", "There is a file that is not a query.")
WITH_NOISE = Text("Er is uitvoer met ruis.", "There is output with noise.")
NOT_STRICT = Text(
    "Het beleid van dit project is niet streng genoeg om zonder mensen te beslissen.",
    "The policy of this project is not strict enough to decide without people.",
)
POLICY_CHANGED = Text(
    "Het beleid is veranderd sinds de aanvraag werd ingediend.",
    "The policy changed since the request was submitted.",
)


def asked_by(level: str) -> Asked:
    """Return what a stored level asks; what is not known asks the most."""
    return ASKED[Level(level)] if level in set(Level) else ASKED[Level.TWO]


def arrangement_of(session: Session, centre: Centre, project: Project | None = None) -> Arrangement | None:
    """Return what a centre, or one of its projects, says now; None when nothing was ever said."""
    statement = select(Arrangement).where(
        Arrangement.centre_id == centre.id, Arrangement.project_id == (project.id if project else None)
    )
    return session.scalar(statement.order_by(Arrangement.version.desc()).limit(1))


def asked_by_centre(session: Session, centre: Centre) -> Asked:
    """Return what a centre asks now: two people, unless it says otherwise."""
    said = arrangement_of(session, centre)
    return asked_by(said.level) if said else ASKED[Level.TWO]


def asked_by_project(session: Session, project: Project) -> Asked:
    """Return what a project asks for itself now: until it says so, as many people as it was opened with."""
    said = arrangement_of(session, project.centre, project)
    if said is None:
        return Asked(project.reviewers_required, machine=False)
    return as_opened(project, asked_by(said.level))


def as_opened(project: Project, asked: Asked) -> Asked:
    """Return what a level asks in a project: one that was opened with more than two checkers keeps them."""
    opened = project.reviewers_required
    return Asked(max(asked.reviewers, opened if opened > 2 else 1), asked.machine)


def asked_now(session: Session, project: Project) -> Asked:
    """Return what is asked of outputs of a project now: by its centre, itself and its output policy.

    Raises UnavailableError when the policy cannot be read.
    """
    asked = asked_by_centre(session, project.centre).with_(asked_by_project(session, project))
    return Asked(max(asked.reviewers, policy_of(project).reviewers), asked.machine)


def asked_where_known(session: Session, project: Project) -> Asked | None:
    """Return what is asked of outputs of a project now, None when its policy cannot be read: then nothing is decided."""
    try:
        return asked_now(session, project)
    except UnavailableError:
        return None


def settled_at_submission(session: Session, project: Project) -> dict[str, object]:
    """Return the fields of a RequestRound that keep what is asked now; without a readable policy people decide."""
    try:
        asked, digest = asked_now(session, project), policy_of(project).digest
    except UnavailableError:
        asked, digest = ASKED[Level.TWO], ""
    return {"reviewers": asked.reviewers, "machine": asked.machine, "policy_digest": digest}


def asked_of(session: Session, request: OutputRequest, present: Asked | None = None) -> Asked:
    """Return what is asked of the present round of a request: what is asked now, and never less than at submission.

    `present` is what is asked of its project now, for who knows that already. Raises UnavailableError when the policy
    cannot be read.
    """
    asked = (present or asked_now(session, request.project)).with_(_asked_then(_present(request)))
    files = FILE_REVIEWERS if any(query_of(output) is None for output in request.outputs) else 1
    return Asked(max(asked.reviewers, files), asked.machine)


def reviewers_required(session: Session, request: OutputRequest) -> int:
    """Return how many checkers must decide about a request that people look at.

    Raises UnavailableError when the policy cannot be read.
    """
    return asked_of(session, request).reviewers


def may_be_settled(session: Session, request: OutputRequest) -> bool:
    """Tell whether a policy may decide about the present round, if everything passes; not when none can be read."""
    try:
        return asked_of(session, request).machine
    except UnavailableError:
        return False


def why_people(
    session: Session, request: OutputRequest, verdicts: Mapping[int, Verdict] | None = None
) -> list[Text]:
    """Return every reason why people must look at a judged request; none: the policy decides.

    `verdicts` by output id stand in for the stored ones. Raises UnavailableError when the policy cannot be read.
    """
    if not asked_of(session, request).machine:
        return [NOT_ARRANGED]
    policy = policy_of(request.project)
    told = [verdicts.get(output.id) if verdicts else verdict_of(output) for output in request.outputs]
    reasons = {
        SEEN_BEFORE: _was_reviewed(session, request),
        REFUSED_BEFORE: _was_refused(session, request),
        NOT_PASSED: not (told and all(map(_passes, told))),
        OWN_VARIABLE: any(_has_own_variable(output) for output in request.outputs),
        WITH_NOISE: any(output.charge_id is not None for output in request.outputs),
        A_FILE: any(query_of(output) is None for output in request.outputs),
        NOT_STRICT: strict_preset(policy) is None,
        POLICY_CHANGED: not _is_of_policy(request, policy, told),
    }
    return [reason for reason, applies in reasons.items() if applies]


def strict_preset(policy: Policy) -> str | None:
    """Return the strict preset that `policy` is at least as strict as, by its rules and not by its name; None: none."""
    for name in STRICT_PRESETS:
        try:
            check_tightens(load_policy(name), policy)
        except PolicyError:
            continue
        return name
    return None


def query_of(output: Output) -> Query | None:
    """Return the query of an output; None when it is something else, or a query that nobody can read."""
    if output.is_file:
        return None
    try:
        return Query.parse(output.query)
    except OutputCheckerError:
        return None


def _present(request: OutputRequest) -> RequestRound | None:
    return next((one for one in request.rounds if one.number == request.round), None)


def _asked_then(one: RequestRound | None) -> Asked:
    if one is None or one.reviewers is None:
        return Asked(1, machine=False)
    return Asked(one.reviewers, machine=one.machine is True)


def _was_reviewed(session: Session, request: OutputRequest) -> bool:
    return session.scalar(select(Review.id).where(Review.request_id == request.id).limit(1)) is not None


def _was_refused(session: Session, request: OutputRequest) -> bool:
    """Whether people did not approve one of these outputs, in another request of this project or of its author."""
    refused = (
        select(Vote.id)
        .join(Vote.output)
        .join(Output.request)
        .where(
            Vote.decision != Decision.APPROVE,
            Output.query_digest.in_([output.query_digest for output in request.outputs]),
            or_(OutputRequest.project_id == request.project_id, OutputRequest.author_id == request.author_id),
        )
    )
    return session.scalar(refused.limit(1)) is not None


def _passes(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.outcome is Outcome.PASS and not verdict.findings


def _has_own_variable(output: Output) -> bool:
    query = query_of(output)
    return query is not None and bool(query.numbers.own)


def _is_of_policy(request: OutputRequest, policy: Policy, verdicts: Sequence[Verdict | None]) -> bool:
    """Whether policy, verdicts and submission speak of the same policy: a name says nothing, a digest does."""
    then = _present(request)
    digests = {verdict.policy.digest for verdict in verdicts if verdict} | {policy.digest}
    return then is not None and digests == {then.policy_digest}
