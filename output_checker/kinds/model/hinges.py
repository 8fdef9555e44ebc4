"""Hinges: numbers of the researcher's own for which a column matters to a few units only.

Age, and ten years more for who is 97 and employed, is age to everybody else. Whoever knows how ages are spread sees in the
standard error whether that one person is. So each column of which such a number is made is changed, for everybody, into
its lowest, highest and most common value: who then has another number are those to whom it matters.
"""

from collections.abc import Collection, Iterator

import numpy as np

from output_checker.engine import SOURCE, Engine
from output_checker.inference import MOST_TOGETHER, Group
from output_checker.kinds.model.inputs import Input, Inputs
from output_checker.text import Text

_CHANGED = ("min", "max", "mode")
_MOST = 0.9
"""From this share of all change on, it matters to nobody else."""


def hinged_terms(
    terms: Collection[str], inputs: Inputs, key: str, engine: Engine, cells: tuple[int, ...]
) -> Iterator[Group]:
    """For each number among the terms of a model the units to whom a column matters by which it was made, where few.

    ``key`` is the column of the unit that counts.

    Raises:
        EvidenceError: it could not be computed within the limits.
    """
    for term in terms:
        few = _matters_to_few(inputs[term], inputs, key, engine)
        if few is not None:
            name = Text(
                nl=f"{term}, waarvoor een kolom alleen voor hen uitmaakt",
                en=f"{term}, for which a column matters to them alone",
            )
            yield Group(name, few, (), cells)


def _matters_to_few(item: Input, inputs: Inputs, key: str, engine: Engine) -> int | None:
    return min(_matters(item, inputs, key, engine), default=None)


def _matters(item: Input, inputs: Inputs, key: str, engine: Engine) -> Iterator[int]:
    for column in item.made_of if len(item.made_of) > 1 else ():
        for changed in _CHANGED:
            ((total, largest),) = engine.rows(_statement(item, inputs, key, column, changed))
            shares = np.cumsum(largest or [0.0])
            if total and shares[-1] >= _MOST * total:
                yield int(shares.searchsorted(_MOST * total)) + 1


def _statement(item: Input, inputs: Inputs, key: str, column: str, changed: str) -> str:
    """Answers the sum of all change, and the largest changes of one unit."""
    number = f"CAST({item.sql} AS DOUBLE)"
    value = f'(SELECT {changed}("{column}") FROM {SOURCE})'  # noqa: S608 - a registered column
    before = f"SELECT *, {number} AS before_ FROM {SOURCE} WHERE {inputs.complete}"  # noqa: S608 - rendered from checked expressions
    after = f'SELECT * REPLACE ({value} AS "{column}") FROM ({before})'  # noqa: S608 - likewise
    away = f"CASE WHEN isfinite({number}) THEN abs({number} - before_) ELSE 0 END"
    units = f'SELECT sum({away}) AS d FROM ({after}) GROUP BY "{key}"'  # noqa: S608 - likewise
    return f"SELECT sum(d), max(d, {MOST_TOGETHER}) FROM ({units})"  # noqa: S608 - likewise
