"""The design matrix: one column per coefficient, with the name that statsmodels gives it and public words."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from output_checker.errors import QueryError
from output_checker.inference import Group
from output_checker.kinds.model.contrasts import Coding, codings
from output_checker.kinds.model.formula import Factor, Formula, Term
from output_checker.kinds.model.inputs import Inputs, check_cells
from output_checker.kinds.model.observations import Mask, Numbers, Observations
from output_checker.text import Text

INTERCEPT = "Intercept"
MAX_COLUMNS = 500


@dataclass(frozen=True)
class Column:
    """One column of the design: its code, its public words, and the factors and categories that it is of."""

    code: str
    words: Text
    term: Term
    levels: tuple[int | None, ...]


@dataclass(frozen=True)
class Design:
    """The columns and the matrix, one row per observation."""

    columns: tuple[Column, ...]
    matrix: Numbers

    @property
    def intercept(self) -> bool:
        """Whether the first column is the constant."""
        return bool(self.columns) and self.columns[0].code == INTERCEPT


def make_design(formula: Formula, inputs: Inputs, seen: Observations, largest: int) -> Design:
    """The columns of a formula over the observations; combinations that nobody has get none.

    Raises:
        QueryError: it would be too large, or a reference category does not occur.
    """
    references = {factor.key: _reference(factor, seen) for factor in formula.factors}
    columns = [Column(INTERCEPT, _CONSTANT, (), ())] if formula.intercept else []
    for term, coding in codings(formula, frozenset(seen.categories)):
        columns += _columns(term, coding, references, inputs, seen)
        check_cells(len(columns), MAX_COLUMNS)
    check_cells(len(columns) * seen.size, largest)
    values = [_values(column, seen) for column in columns]
    kept = [place for place, column in enumerate(columns) if values[place].any() or _is_number(column)]
    matrix = np.empty((seen.size, len(kept)), order="F")
    for place, number in enumerate(kept):
        matrix[:, place] = values[number]
    return Design(tuple(columns[place] for place in kept), matrix)


def _is_number(column: Column) -> bool:
    """Whether a column is of no category: such a one never vanishes because nobody is in it."""
    return set(column.levels) <= {None}


def _reference(factor: Factor, seen: Observations) -> int:
    """The place of the category that others are compared with: the first that occurs."""
    if factor.reference is None:
        return 0
    levels = seen.categories[factor.key].levels
    if factor.reference not in levels:
        message = Text(
            nl=f"De referentie van {factor.name} komt niet voor.",
            en=f"The reference of {factor.name} does not occur.",
        )
        raise QueryError(message, field="formula")
    return levels.index(factor.reference)


def _columns(
    term: Term, coding: Coding, references: dict[str, int], inputs: Inputs, seen: Observations
) -> Iterator[Column]:
    choices: list[list[int | None]] = []
    for factor in term:
        if factor.key not in coding:
            choices.append([None])
            continue
        levels: list[int | None] = list(range(len(seen.categories[factor.key].levels)))
        choices.append(levels if coding[factor.key] else [x for x in levels if x != references[factor.key]])
    for chosen in product(*choices):
        named = list(zip(term, chosen, strict=True))
        code = ":".join(_code(factor, level, coding, seen) for factor, level in named)
        words = [_words(factor, level, inputs, seen) for factor, level in named]
        yield Column(code, _joined(words), term, chosen)


def _joined(words: list[Text]) -> Text:
    return Text(nl=" × ".join(word.nl for word in words), en=" × ".join(word.en for word in words))


def _code(factor: Factor, level: int | None, coding: Coding, seen: Observations) -> str:
    if level is None:
        return factor.key
    reduced = "" if coding[factor.key] else "T."
    return f"{factor.key}[{reduced}{seen.categories[factor.key].levels[level]}]"


def _words(factor: Factor, level: int | None, inputs: Inputs, seen: Observations) -> Text:
    heading = inputs[factor.key].heading
    if level is None:
        return heading
    category = seen.categories[factor.key].words[level]
    return Text(nl=f"{heading.nl}: {category.nl}", en=f"{heading.en}: {category.en}")


def _values(column: Column, seen: Observations) -> Numbers:
    values = np.ones(seen.size)
    for factor, level in zip(column.term, column.levels, strict=True):
        if level is None:
            values *= seen.numbers[factor.key]
        else:
            values *= seen.categories[factor.key].codes == level
    return values


def groups_of(design: Design, inputs: Inputs, seen: Observations, width: int) -> tuple[Group, ...]:
    """The groups that coefficients compare: each category and combination, references too, and each odd few.

    A number that is the same for nearly everybody is a category in disguise: the others are a group.
    """
    odd = (_odd_one(place, design, seen, width) for place in range(len(design.columns)))
    named = (
        Group(name, *seen.counts(rows), cells)
        for name, rows, cells in combinations(design, inputs, seen, width)
    )
    return (*(group for group in odd if group), *named)


def _odd_one(place: int, design: Design, seen: Observations, width: int) -> Group | None:
    """Those for whom a number differs from what it is for most."""
    column = design.columns[place]
    if None not in column.levels:
        return None
    values = design.matrix[:, place]
    usual = most_common(values) if _is_number(column) else 0.0
    return Group(_unlike(column.words), *seen.counts(values != usual), cells_of(place, width))


def cells_of(place: int, width: int) -> tuple[int, ...]:
    """The cells of one row of a table of this width that hold a coefficient; the last column is of the fit."""
    return tuple(range(place * width, (place + 1) * width - 1))


def _unlike(words: Text) -> Text:
    return Text(nl=f"{words.nl}, anders dan de meesten", en=f"{words.en}, unlike most")


def most_common(values: Numbers) -> float:
    """The value that most observations have."""
    found, counts = np.unique(values, return_counts=True)
    return float(found[counts.argmax()])


def combinations(
    design: Design, inputs: Inputs, seen: Observations, width: int
) -> Iterator[tuple[Text, Mask, tuple[int, ...]]]:
    """Each combination of categories in a term that occurs: its name, its rows, and the cells that tell about it."""
    terms = dict.fromkeys(
        tuple(f for f in column.term if f.key in seen.categories) for column in design.columns
    )
    for term in terms:
        kinds = [seen.categories[factor.key] for factor in term]
        shape = [len(kind.levels) for kind in kinds]
        joined = np.ravel_multi_index([kind.codes for kind in kinds], shape) if term else np.empty(0)
        for combination in np.unique(joined):
            levels = [int(place) for place in np.unravel_index(combination, shape)]
            words = [_words(f, level, inputs, seen) for f, level in zip(term, levels, strict=True)]
            cells = _telling(dict(zip((f.key for f in term), levels, strict=True)), design, width)
            yield _joined(words), joined == combination, cells


def _telling(levels: dict[str, int], design: Design, width: int) -> tuple[int, ...]:
    """The cells of the coefficients about this combination; where it is a reference, of all about its factors."""
    about = [_categories_of(column) for column in design.columns]
    exact = [place for place, own in enumerate(about) if own == levels]
    places = exact or [place for place, own in enumerate(about) if own.keys() == levels.keys()]
    return tuple(cell for place in places for cell in cells_of(place, width))


def _categories_of(column: Column) -> dict[str, int]:
    named = zip(column.term, column.levels, strict=True)
    return {factor.key: level for factor, level in named if level is not None}


_CONSTANT = Text(nl="constante", en="intercept")
