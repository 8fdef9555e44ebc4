"""What leaves with a noisy table: its manifest, complete with who answers for it, and the raw measurements.

How many exact releases there are about the same population is told beside every guarantee: it covers none of them. So
is from how many answers with noise this one was chosen.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from api.access.models import DatasetView
from api.budget.models import PopulationDataset
from api.catalogue.models import DatasetVersion
from api.release.choice import NoiseChoice, approved_at, choices_of
from api.release.models import Release
from api.requests.models import Output, OutputRequest
from output_checker.noise.documents import Manifest, NoisyAnswer

JSON = "application/json"


@dataclass(frozen=True)
class Beside:
    """What there is beside an answer with noise: `exact` releases without any, and from what it could be chosen."""

    exact: int
    choices: Sequence[NoiseChoice]


def exact_releases(session: Session, version: DatasetVersion, before: dt.datetime | None = None) -> int:
    """Return how many releases without noise there are about the population of a dataset, `before` a moment or ever.

    Files count where their project sees a dataset of the population: what is in them is not known.
    """
    datasets = _of_one_population(session, version.dataset_id)
    versions = select(DatasetVersion.id).where(DatasetVersion.dataset_id.in_(datasets))
    seeing = select(DatasetView.project_id).where(DatasetView.dataset_version_id.in_(versions))
    is_file = and_(Output.dataset_version_id.is_(None), OutputRequest.project_id.in_(seeing))
    counted = (
        select(func.count(Release.id.distinct()))
        .join(OutputRequest, OutputRequest.id == Release.request_id)
        .join(Output, (Output.request_id == OutputRequest.id) & (Output.round == OutputRequest.round))
        .where(Output.charge_id.is_(None), or_(Output.dataset_version_id.in_(versions), is_file))
    )
    return session.scalar(counted if before is None else counted.where(Release.released_at < before)) or 0


def _exact_beside(session: Session, output: Output, before: dt.datetime | None) -> int:
    """How many exact releases there are beside an output: earlier ones, and the one that it is itself a part of."""
    datasets = _of_one_population(session, output.dataset_version.dataset_id)
    # Of a file nobody knows what is in it; its project sees this dataset.
    together = any(
        other.is_file or (other.charge_id is None and other.dataset_version.dataset_id in datasets)
        for other in output.request.outputs
    )
    return exact_releases(session, output.dataset_version, before) + together


def _of_one_population(session: Session, dataset_id: int) -> set[int]:
    """The datasets with which a dataset shares a population of units, itself among them."""
    populations = select(PopulationDataset.population_id).where(PopulationDataset.dataset_id == dataset_id)
    others = select(PopulationDataset.dataset_id).where(PopulationDataset.population_id.in_(populations))
    return {dataset_id, *session.scalars(others)}


def beside_noise(session: Session, request: OutputRequest) -> dict[int, Beside]:
    """Return by position what there is beside each output of a request that has noise.

    The request counts as one release without noise when it has such outputs too. Once approved, the others are those
    that there were then: so it stands in the manifest.
    """
    return {
        output.position: Beside(
            _exact_beside(session, output, approved_at(request)), choices_of(session, output)
        )
        for output in request.outputs
        if output.charge_id is not None
    }


def complete_manifest(session: Session, output: Output, answer: NoisyAnswer) -> Manifest:
    """Return the manifest of an approved answer, with who answers for it, what it is for, and when it was approved."""
    request, approved = output.request, approved_at(output.request)
    if approved is None:
        raise ValueError("only what was approved has a manifest")
    purpose = answer.manifest.purpose.model_copy(
        update={
            "curator": request.project.centre.name,
            "intended_use": request.purpose,
            "data_product": output.title or request.title,
            "released_on": approved.date().isoformat(),
        }
    )
    told = {
        "exact_releases": _exact_beside(session, output, approved),
        "selections": tuple(choice.selection for choice in choices_of(session, output)),
    }
    method = answer.manifest.method.model_copy(update=told)
    return answer.manifest.model_copy(update={"purpose": purpose, "method": method})


def noise_file(answer: NoisyAnswer, manifest: Manifest) -> bytes:
    """Return the raw measurements with the law of their noise, the expected errors and the manifest, as JSON."""
    whole = answer.model_copy(update={"manifest": manifest}).model_dump(mode="json", exclude={"table"})
    return (json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
