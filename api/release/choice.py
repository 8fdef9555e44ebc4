"""From how many answers with noise a project could choose what leaves: whoever picks the prettiest is seen to.

Each answer keeps its promise whichever is chosen; what suffers is what readers may conclude from it. So who judges, and
who reads, is told how many there were. No number of any answer is read here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, case, func, select, true
from sqlalchemy.orm import Session

from api.access.models import Project
from api.budget.models import ChargeEntry, Population, PrivacyBudget, PrivacyCharge
from api.budget.queries import everybody_of, total_then
from api.release.models import Release
from api.requests.in_words import question_in_words
from api.requests.models import Output, OutputRequest, RequestRound, RequestState
from output_checker.noise.accounting import NANO
from output_checker.noise.documents import Selection
from output_checker.text import Text

MOST_LISTED = 20
"""Questions that are listed beside an answer, the newest first; all of them are counted."""


@dataclass(frozen=True)
class Asked:
    """An answer that was paid for, as the output that asked for it last; `is_out` tells that it left, as that output."""

    output: Output
    is_out: bool

    @property
    def question(self) -> Text:
        """What was asked, in words."""
        return question_in_words(self.output)


@dataclass(frozen=True)
class NoiseChoice:
    """The answers with noise about a population that a project had, at what cost in all (billionths of rho).

    `answers` counts all, `released` those that left, `newest` are the last that were asked for. `total_nano_rho` is what
    everybody together might spend.
    """

    population: Population
    answers: int
    released: int
    nano_rho: int
    total_nano_rho: int
    newest: Sequence[Asked]

    @property
    def rho(self) -> float:
        """What these answers cost in all."""
        return self.nano_rho / NANO

    @property
    def share(self) -> float:
        """Which part (0 to 1) of the budget of the population these answers took."""
        return self.nano_rho / self.total_nano_rho if self.total_nano_rho else 1.0

    @property
    def selection(self) -> Selection:
        """What leaves of this: numbers alone. A question that was not released is not for those outside."""
        return Selection(
            population=self.population.name,
            answers=self.answers,
            released=self.released,
            nano_rho=self.nano_rho,
            total_nano_rho=self.total_nano_rho,
        )


def approved_at(request: OutputRequest) -> dt.datetime | None:
    """Return when a request was approved last; None when it was not.

    What is told beside an answer is told as of then: a release that is made again after a kill writes the same bytes.
    """
    approved = [step.at for step in request.history if step.after is RequestState.APPROVED]
    return approved[-1] if approved else None


def choices_of(session: Session, output: Output) -> list[NoiseChoice]:
    """Return from what a project could choose an answer with noise: for each population that it is about.

    Once a request is approved, that is what there was then.
    """
    moment, project = approved_at(output.request), output.request.project
    drawn_on = select(PrivacyBudget.population_id).join(ChargeEntry)
    populations = select(Population).where(
        Population.id.in_(drawn_on.where(ChargeEntry.charge_id == output.charge_id))
    )
    return [
        _choice(session, population, project, moment)
        for population in session.scalars(populations.order_by(Population.name))
    ]


def _choice(
    session: Session, population: Population, project: Project, moment: dt.datetime | None
) -> NoiseChoice:
    budget = everybody_of(population)
    entry = and_(ChargeEntry.charge_id == Output.charge_id, ChargeEntry.budget_id == budget.id)
    submitted = true() if moment is None else RequestRound.submitted_at <= moment
    found = session.execute(
        _asked_last(moment)
        .join(ChargeEntry, entry)
        .where(OutputRequest.project_id == project.id, submitted)
        .add_columns(func.max(ChargeEntry.nano_rho))
    ).all()
    return NoiseChoice(
        population,
        len(found),
        sum(bool(is_out) for _, _, is_out, _ in found),
        sum(nano_rho for *_, nano_rho in found),
        total_then(budget, moment),
        list(_outputs(session, [(output, is_out) for _, output, is_out, _ in found[:MOST_LISTED]]).values()),
    )


def asked_for(session: Session, charges: Iterable[PrivacyCharge]) -> Mapping[int, Asked]:
    """Return what was asked for with each of these charges, by the id of the charge."""
    ids = [charge.id for charge in charges]
    found = session.execute(_asked_last(None).where(Output.charge_id.in_(ids))).all()
    return _outputs(session, [(output, is_out) for _, output, is_out in found])


def _asked_last(moment: dt.datetime | None) -> Select[int, int, int]:
    """Of each charge the output that left, else the last that asked for it, and whether it left; newest charge first."""
    left = true() if moment is None else Release.released_at < moment
    is_released = and_(Release.request_id == OutputRequest.id, Output.round == OutputRequest.round, left)
    released = case((Release.id.is_not(None), Output.id))
    asked = func.coalesce(func.max(released), func.max(Output.id))
    return (
        select(Output.charge_id, asked, func.count(released))
        .join(OutputRequest, OutputRequest.id == Output.request_id)
        .join(
            RequestRound,
            and_(RequestRound.request_id == OutputRequest.id, RequestRound.number == Output.round),
        )
        .outerjoin(Release, is_released)
        .where(Output.charge_id.is_not(None))
        .group_by(Output.charge_id)
        .order_by(Output.charge_id.desc())
    )


def _outputs(session: Session, found: Sequence[tuple[int, int]]) -> dict[int, Asked]:
    """The outputs with these ids, by the charges that paid for them, without their verdicts, in the same order."""
    ids = [output for output, _ in found]
    outputs = {one.id: one for one in session.scalars(select(Output).where(Output.id.in_(ids)))}
    return {
        charge: Asked(outputs[output], bool(is_out))
        for output, is_out in found
        if (charge := outputs[output].charge_id) is not None
    }
