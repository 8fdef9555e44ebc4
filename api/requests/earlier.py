"""What left before: outputs from which a new one may not be subtracted, where no person looks at the two.

Compared are the outputs on the same microdata of the same project, and of the same author elsewhere. What cannot be
compared by a machine (another version of the microdata, another view, too many) is a doubt, and goes to people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.access.policies import policy_of
from api.catalogue.models import DatasetVersion
from api.requests.models import Output, OutputRequest, RequestState
from api.requests.questions import dataset_seen, limits_of
from api.settings import Settings
from output_checker.dataset import Dataset
from output_checker.differences import differences
from output_checker.engine import Limits
from output_checker.errors import OutputCheckerError
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.text import Text

MOST_COMPARED: Final = 50
"""Different earlier questions that a machine compares with; a person sees the pattern in more."""

LEAVING: Final = (RequestState.APPROVED, RequestState.RELEASED, RequestState.REVOKED)
"""Numbers that are out, or about to be: revoking brings none of them back."""

SUBTRACTABLE = Text(
    "Er ging eerder uitvoer naar buiten die hiervan kan worden afgetrokken.",
    "Earlier output left that can be subtracted from this.",
)
NOT_COMPARABLE = Text(
    "Er ging eerder uitvoer naar buiten die de dienst hiermee niet kan vergelijken.",
    "Earlier output left that the service cannot compare with this.",
)


@dataclass(frozen=True)
class Compared:
    """What a comparison raised, and the ids of the outputs that it looked at: it holds while no other has left."""

    doubts: tuple[Text, ...]
    seen: frozenset[int]


def compare_with_earlier(session: Session, settings: Settings, request: OutputRequest) -> Compared:
    """Compare the outputs of the present round with what left before; changes nothing, and takes its time.

    Raises UnavailableError when the policy of the project cannot be read.
    """
    seen = frozenset(output.id for output in earlier_outputs(session, request))
    doubts = {
        doubt for mine in _by_dataset(request.outputs) if (doubt := _doubt(session, settings, request, mine))
    }
    return Compared(tuple(doubts), seen)


def questions_before(
    session: Session, request: OutputRequest, mine: Sequence[Output]
) -> tuple[Query, ...] | None:
    """Return the different questions that left before about the microdata of `mine`, outputs on one version of them.

    None when a machine cannot compare with them: another version, another view, too many, or no question at all.
    """
    project_id, version = request.project_id, mine[0].dataset_version
    theirs = [
        output
        for output in earlier_outputs(session, request)
        if output.dataset_version.dataset_id == version.dataset_id
    ]
    if any((one.request.project_id, one.dataset_version_id) != (project_id, version.id) for one in theirs):
        return None
    others = {output.query_digest: output for output in theirs}
    if len(others) > MOST_COMPARED:
        return None
    try:
        return tuple(Query.parse(output.query) for output in others.values())
    except OutputCheckerError:
        return None


def doubt_between(
    mine: Sequence[Query], theirs: Sequence[Query], dataset: Dataset, policy: Policy, limits: Limits
) -> Text | None:
    """Return why outputs may not follow others unseen, None when nothing can be subtracted; needs no database."""
    if not theirs:
        return None
    try:
        found = differences([*mine, *theirs], dataset, policy, limits)[: len(mine)]
    except OutputCheckerError:
        return NOT_COMPARABLE
    raised = any(rule.apply(evidence) for evidence in found for rule in policy.rules_for(evidence))
    return SUBTRACTABLE if raised else None


def earlier_outputs(session: Session, request: OutputRequest) -> list[Output]:
    """Return the outputs to compare those of `request` with, oldest first."""
    datasets = {output.dataset_version.dataset_id for output in request.outputs if not output.is_file}
    statement = (
        select(Output)
        .join(Output.request)
        .join(Output.its_dataset_version)
        .where(
            OutputRequest.id != request.id,
            OutputRequest.state.in_(LEAVING),
            Output.round == OutputRequest.round,
            DatasetVersion.dataset_id.in_(datasets),
            or_(OutputRequest.project_id == request.project_id, OutputRequest.author_id == request.author_id),
        )
        .order_by(Output.id)
    )
    return list(session.scalars(statement))


def _by_dataset(outputs: Sequence[Output]) -> list[list[Output]]:
    together: dict[int, list[Output]] = defaultdict(list)
    for output in outputs:
        if output.dataset_version_id is not None:
            together[output.dataset_version_id].append(output)
    return list(together.values())


def _doubt(
    session: Session, settings: Settings, request: OutputRequest, mine: Sequence[Output]
) -> Text | None:
    theirs = questions_before(session, request, mine)
    if theirs is None:
        return NOT_COMPARABLE
    try:
        queries = [Query.parse(output.query) for output in mine]
        dataset = dataset_seen(settings, request.project, mine[0].dataset_version)
    except OutputCheckerError:
        return NOT_COMPARABLE
    return doubt_between(queries, theirs, dataset, policy_of(request.project), limits_of(settings))
