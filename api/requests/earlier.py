"""What left before: outputs from which a new one may not be subtracted, where no person looks at the two.

Compared is everything that left the installation about the same population of units, whoever asked for it: an intruder
reads all of it. What a machine cannot compare (other microdata about these units, another version of them, other rows
in view, too many questions) is a doubt, and goes to people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from api.access.models import DatasetView
from api.access.policies import policy_of
from api.catalogue.models import DatasetVersion
from api.requests.models import Output, OutputRequest, RequestState
from api.requests.questions import dataset_seen, limits_of
from api.settings import Settings
from output_checker.dataset import Dataset
from output_checker.engine import Limits
from output_checker.errors import OutputCheckerError
from output_checker.judge import is_told_by_both
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
    seen = left_before(session, request)
    doubts = {
        doubt for mine in _by_dataset(request.outputs) if (doubt := _doubt(session, settings, request, mine))
    }
    return Compared(tuple(doubts), seen)


def questions_before(
    session: Session, request: OutputRequest, mine: Sequence[Output]
) -> tuple[Query, ...] | None:
    """Return the different questions that left before about the units of `mine`, outputs on one version of microdata.

    None when a machine cannot compare with them: other microdata, other rows in view (now or then), too many, or no
    question at all.
    """
    version = mine[0].dataset_version
    about = _left(request, _about_the_same_units(session, [version]))
    if session.scalar(about.where(Output.dataset_version_id != version.id).limit(1)) is not None:
        return None
    if session.scalar(_before_its_view(about).limit(1)) is not None:
        return None
    projects = about.with_only_columns(OutputRequest.project_id).distinct()
    if not _see_the_same_rows(session, version, {request.project_id, *session.scalars(projects)}):
        return None
    first_of_each = about.with_only_columns(func.min(Output.id)).group_by(Output.query_digest)
    ids = session.scalars(first_of_each.limit(MOST_COMPARED + 1)).all()
    if len(ids) > MOST_COMPARED:
        return None
    try:
        documents = session.scalars(select(Output.query).where(Output.id.in_(ids)).order_by(Output.id))
        return tuple(Query.parse(document) for document in documents)
    except OutputCheckerError:
        return None


def doubt_between(
    mine: Sequence[Query], theirs: Sequence[Query], dataset: Dataset, policy: Policy, limits: Limits
) -> Text | None:
    """Return why outputs may not follow others unseen, None when nothing can be subtracted; needs no database."""
    asked = {query.digest for query in mine}
    others = [query for query in theirs if query.digest not in asked]
    if not others:
        return None
    try:
        return SUBTRACTABLE if is_told_by_both(mine, others, dataset, policy, limits) else None
    except OutputCheckerError:
        return NOT_COMPARABLE


def left_before(session: Session, request: OutputRequest) -> frozenset[int]:
    """Return the ids of the outputs to compare those of `request` with."""
    versions = [output.dataset_version for output in request.outputs if not output.is_file]
    return frozenset(session.scalars(_left(request, _about_the_same_units(session, versions))))


def _left(request: OutputRequest, versions: set[int]) -> Select[int]:
    """The outputs of other requests about these versions of microdata that are out, or about to be."""
    statement = select(Output.id).join(Output.request)
    return statement.where(
        OutputRequest.id != request.id,
        OutputRequest.state.in_(LEAVING),
        # What had noise can be subtracted from nothing.
        Output.charge_id.is_(None),
        Output.round == OutputRequest.round,
        Output.dataset_version_id.in_(versions),
    )


def _before_its_view(left: Select[int]) -> Select[int]:
    """Those that were asked before their project saw what it sees now: of which rows they are cannot be told any more."""
    view = and_(
        DatasetView.project_id == OutputRequest.project_id,
        DatasetView.dataset_version_id == Output.dataset_version_id,
    )
    return left.join(DatasetView, view).where(OutputRequest.created_at < DatasetView.approved_at)


def _about_the_same_units(session: Session, versions: Sequence[DatasetVersion]) -> set[int]:
    """The versions of all microdata that share a registered unit with one of these, or are of the same dataset."""
    units = {unit for version in versions for unit in _units(version.document)}
    datasets = {version.dataset_id for version in versions}
    every = session.execute(select(DatasetVersion.id, DatasetVersion.dataset_id, DatasetVersion.document))
    return {
        version_id
        for version_id, dataset_id, document in every
        if dataset_id in datasets or units & _units(document)
    }


def _units(document: dict[str, Any]) -> set[str]:
    return set(document.get("units", ()))


def _see_the_same_rows(session: Session, version: DatasetVersion, projects: set[int]) -> bool:
    """Whether these projects see the same rows of a version now; each has one view of it."""
    views = select(DatasetView.project_id, DatasetView.row_filter).where(
        DatasetView.dataset_version_id == version.id, DatasetView.project_id.in_(projects)
    )
    filters = {row.project_id: row.row_filter for row in session.execute(views)}
    return set(filters) == projects and len(set(filters.values())) == 1


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
