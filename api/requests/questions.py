"""Whether a question makes sense for a project: asked at submission, so that nothing senseless is ever stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.access.models import DatasetView, Grant, Project
from api.budget.answering import noise_plan, numbers_in
from api.catalogue.models import DatasetVersion
from api.catalogue.service import as_registered, prove_unchanged
from api.catalogue.views import seen_under, views_of
from api.errors import InvalidError, UnavailableError
from api.settings import Settings
from output_checker.dataset import Dataset
from output_checker.engine import Limits
from output_checker.errors import DatasetError, OutputCheckerError
from output_checker.judge import check
from output_checker.noise.accounting import Loss
from output_checker.noise.plan import NoisePlan
from output_checker.policy import load_policy
from output_checker.query import Query
from output_checker.text import Text

VIEW_GONE = Text(
    "Deze microdata zijn niet meer vrijgegeven voor dit project.",
    "These microdata are no longer approved for this project.",
)


@dataclass(frozen=True)
class Question:
    """A query that fits what its asker sees of its dataset.

    `losses` is what an answer with noise costs, by kind of unit; None where no noise is asked for. Such an answer has so
    many `numbers`.
    """

    query: Query
    view: DatasetView
    losses: Mapping[str, Loss] | None = None
    numbers: int = 0


def check_question(
    settings: Settings, grant: Grant, document: dict[str, Any], place: str = "query"
) -> Question:
    """Return the question in `document`, which stands at `place` of what was sent, asked under `grant`.

    Raises InvalidError that names the field of the query at fault, why, and the way out; UnavailableError when the
    registered microdata are gone or altered.
    """
    try:
        query = Query.parse(document)
        view = _view(grant, query, place)
        dataset = as_registered(settings, view.dataset_version, view)
        # The judge reads the whole file, and whoever asks on and on should not make this door do so.
        prove_unchanged(dataset, view.dataset_version.sha256)
        plan = _planned(settings, grant.project, query, dataset, place)
    except DatasetError as error:
        raise UnavailableError(error.code, error.message, field=error.field, remedy=error.remedy) from error
    except OutputCheckerError as error:
        field = f"{place}.{error.field}" if error.field else place
        raise InvalidError(error.code, error.message, field=field, remedy=error.remedy) from error
    return Question(query, view, plan.losses, numbers_in(plan)) if plan else Question(query, view)


def _planned(
    settings: Settings, project: Project, query: Query, dataset: Dataset, place: str
) -> NoisePlan | None:
    """Plan a query without computing it, and return the plan where it asks for noise."""
    if query.noise or query.numbers.noise:
        return noise_plan(query, dataset, place, settings.noisy_numbers)
    check(query, dataset, load_policy(project.policy), limits_of(settings))
    return None


def dataset_seen(settings: Settings, project: Project, version: DatasetVersion) -> Dataset:
    """Return one version of a dataset as `project` sees it; whoever reads it proves that it is what was registered.

    Raises DatasetError when it is not approved for the project (any more).
    """
    view = views_of(project).get(version.dataset.name)
    if view is None or view.dataset_version_id != version.id:
        raise DatasetError(VIEW_GONE, field=version.dataset.name)
    return as_registered(settings, version, view)


def limits_of(settings: Settings) -> Limits:
    """Return what one verdict may use of this machine."""
    memory = f"{settings.judge_memory_bytes}B"
    return Limits(seconds=settings.judge_seconds, memory=memory, threads=settings.judge_threads)


def _view(grant: Grant, query: Query, place: str) -> DatasetView:
    views = seen_under(grant)
    if query.dataset not in views:
        raise InvalidError(
            "unknown_dataset",
            Text(
                f"U ziet in dit project geen dataset {query.dataset!r}.",
                f"You see no dataset {query.dataset!r} in this project.",
            ),
            field=f"{place}.dataset",
            remedy=Text(f"Kies uit: {', '.join(views)}.", f"Choose from: {', '.join(views)}."),
        )
    return views[query.dataset]
