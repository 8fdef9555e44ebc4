"""Which datasets a grant is for: every one that its project sees, now and later, or only those that it names."""

from __future__ import annotations

from collections.abc import Sequence

from api.access.models import DatasetView, Grant


def is_for(grant: Grant, dataset: str) -> bool:
    """Tell whether `grant` is for the dataset of this name."""
    return grant.datasets is None or dataset in grant.datasets


def is_within(grant: Grant, other: Grant) -> bool:
    """Tell whether `other` is for everything that `grant` is for, also for what its project may see later."""
    if other.datasets is None:
        return True
    return grant.datasets is not None and set(grant.datasets) <= set(other.datasets)


def views_under(grant: Grant) -> Sequence[DatasetView]:
    """Return the views of its project that `grant` is for, of every version."""
    return [view for view in grant.project.views if is_for(grant, view.dataset_version.dataset.name)]


def datasets_under(grant: Grant) -> list[str]:
    """Return the names of the datasets that a person sees under `grant` now, sorted."""
    return sorted({view.dataset_version.dataset.name for view in views_under(grant)})
