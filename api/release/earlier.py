"""What left before about the same people: earlier releases from the same microdata, for who judges the next one.

Whoever holds an earlier table can subtract; the judge does so too, but people know what readers may have at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager

from api.access.models import Project
from api.catalogue.models import DatasetVersion
from api.people.models import Person
from api.release.models import Release
from api.requests.in_words import question_in_words
from api.requests.models import Output, OutputRequest
from api.requests.permissions import visible_to
from output_checker.text import Text

MOST_SHOWN = 20


@dataclass(frozen=True)
class EarlierOutput:
    """One released output; `same_selection` when it is about the same people as an output of the request."""

    release: Release
    output: Output
    same_selection: bool

    @property
    def question(self) -> Text:
        """What the output asked, in words."""
        return question_in_words(self.output)


@dataclass(frozen=True)
class EarlierReleases:
    """The newest released outputs from the same datasets, those about the same people first; `more` are not shown."""

    shown: Sequence[EarlierOutput]
    more: int


def earlier_releases(session: Session, person: Person, request: OutputRequest) -> EarlierReleases:
    """Return what `person` may see of earlier releases at the centre of `request`, from the datasets that it asks."""
    selections = [_selection(output) for output in request.outputs if not output.is_file]
    about = _about(session, person, request)
    newest = about.order_by(Release.released_at.desc(), Output.position)
    rows = session.execute(
        newest.with_only_columns(Release, Output).options(contains_eager(Output.request)).limit(MOST_SHOWN)
    ).all()
    shown = [EarlierOutput(release, output, _selection(output) in selections) for release, output in rows]
    total = session.scalar(about.with_only_columns(func.count(Output.id))) or 0
    return EarlierReleases(sorted(shown, key=lambda one: not one.same_selection), total - len(shown))


def _about(session: Session, person: Person, request: OutputRequest) -> Select[Release, Output]:
    datasets = {output.dataset_version.dataset_id for output in request.outputs if not output.is_file}
    released = (
        select(Release, Output)
        .join(OutputRequest, OutputRequest.id == Release.request_id)
        .join(Output, (Output.request_id == OutputRequest.id) & (Output.round == OutputRequest.round))
        .join(DatasetVersion, DatasetVersion.id == Output.dataset_version_id)
        .join(Project, Project.id == OutputRequest.project_id)
    )
    return released.where(
        DatasetVersion.dataset_id.in_(datasets),
        Project.centre_id == request.project.centre_id,
        OutputRequest.id != request.id,
        visible_to(session, person),
    )


def _selection(output: Output) -> tuple[int | None, tuple[str, ...], tuple[str | None, ...]]:
    """Return what makes two outputs be about the same people: microdata, conditions, and what the project sees."""
    version = output.dataset_version_id
    views = [view for view in output.request.project.views if view.dataset_version_id == version]
    return version, tuple(sorted(output.query.get("where", []))), tuple(view.row_filter for view in views)
