"""Answering with noise, in the one order that is safe: plan, spend, read, store, answer.

Planning and spending come with a submission, in its transaction. Then the worker reads the data in a child that knows no
database, and the first answer that is stored is the answer, whoever asks and however often.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any

from api.access.models import DatasetView
from api.budget.models import PrivacyCharge
from api.budget.service import Question
from api.catalogue.service import prove
from api.errors import InvalidError
from api.reading import Readings
from output_checker.dataset import Dataset
from output_checker.engine import Limits
from output_checker.errors import DatasetError, OutputCheckerError
from output_checker.noise.answer import answer
from output_checker.noise.documents import NoisyAnswer
from output_checker.noise.errors import NoiseError
from output_checker.noise.plan import NoisePlan, plan_of
from output_checker.query import Query
from output_checker.text import Text

_ANSWERS = Readings(NoisyAnswer.model_validate)

NOT_ANSWERED = Text(
    "De dienst kon deze vraag niet met ruis beantwoorden. Opnieuw indienen kost geen budget.",
    "The service could not answer this question with noise. Submitting it again costs no budget.",
)

VIEW_CHANGED = Text(
    "Wat dit project van de microdata ziet, is veranderd sinds deze vraag is gesteld; dien opnieuw in.",
    "What this project sees of the microdata has changed since this was asked; submit again.",
)


@dataclass(frozen=True)
class NoiseWork:
    """A question that was paid for, on data with `sha256`: everything that answering it takes, without a database.

    `earlier` is the answer that was given before: then no data is read. `policy` is named in the verdict on it.
    """

    output: int
    query: Query
    dataset: Dataset
    sha256: str
    policy: str
    limits: Limits
    earlier: NoisyAnswer | None = None

    @property
    def memory_bytes(self) -> int:
        """Bytes of memory that the engine may take for this."""
        return self.limits.memory_bytes

    @property
    def seconds(self) -> int:
        """Seconds of a processor that this may take."""
        return 0 if self.earlier else int(self.limits.seconds * self.limits.threads)


def noise_plan(query: Query, dataset: Dataset, place: str, most: int) -> NoisePlan:
    """Return the plan of an answer of at most so many numbers: what it costs, and which numbers; no row is looked at.

    Raises output_checker's NoiseError or QueryError, or InvalidError when there would be too many numbers.
    """
    # Inner cells are numbers too: what has too many of those is refused before every level is laid out.
    plan = plan_of(query, dataset, most)
    check_numbers(numbers_in(plan), most, place)
    return plan


def numbers_in(plan: NoisePlan) -> int:
    """Return how many numbers an answer has, or places where its table has more of those.

    A neighbourhood has numbers for one municipality only, but a table of one by the other has a place for every pair.
    """
    published, heads = plan.asked.published, plan.asked.rows
    numbers = sum(plan.level(kept).size for kept in published)
    rows = {tuple(one for one in kept if one < heads) for kept in published}
    columns = {tuple(one for one in kept if one >= heads) for kept in published}
    places = math.prod(sum(plan.level(kept).size for kept in side) for side in (rows, columns))
    return max(numbers, places) * len(plan.wanted)


def check_numbers(numbers: int, most: int, place: str) -> None:
    """Raise InvalidError when what stands at `place` of a submission asks for more numbers with noise than are answered."""
    if numbers > most:
        raise InvalidError(
            "too_many_numbers",
            Text(
                f"Dit vraagt {numbers} getallen met ruis; hoogstens {most} per aanvraag kan.",
                f"This asks for {numbers} numbers with noise; at most {most} per request are possible.",
            ),
            field=place,
            remedy=Text(
                "Gebruik minder of grovere indelingen, of verdeel de vragen over meer aanvragen.",
                "Use fewer or coarser classifications, or spread the questions over more requests.",
            ),
        )


def answered(work: NoiseWork) -> NoisyAnswer:
    """Return the answer that was given before, or draw one.

    Raises NoiseError with the same words whatever went wrong, so that no failure tells of the data; or DatasetError when
    the file is not the one that was registered.
    """
    if work.earlier is not None:
        return work.earlier
    prove(work.dataset, work.sha256)
    try:
        return answer(work.query, work.dataset, work.limits)
    except (OutputCheckerError, MemoryError):
        raise NoiseError(NOT_ANSWERED) from None


def answer_to(charge: PrivacyCharge) -> NoisyAnswer | None:
    """Return the answer to a charge; None until there is one."""
    return _ANSWERS.of(charge.answer, charge.answer.document) if charge.answer else None


def check_paid(charge: PrivacyCharge, query: Query, view: DatasetView) -> None:
    """Raise output_checker's DatasetError unless a charge is for this question, asked of what `view` shows now.

    A view can change between submission and judging: its answer would be kept as that of the view that was paid for.
    """
    asked = Question(query.digest, view.dataset_version, view_digest(view), {})
    if asked.key != charge.question:
        raise DatasetError(VIEW_CHANGED, field=query.dataset)


def view_digest(view: DatasetView) -> str:
    """The digest of what a view shows: the same columns and rows give the same answer, whoever asks."""
    shown: list[Any] = [sorted(view.columns), view.row_filter]
    return hashlib.sha256(json.dumps(shown, separators=(",", ":")).encode()).hexdigest()
