"""Expressions: the small part of SQL that a query may use.

An expression is parsed, every node is compared with an allow-list, names are resolved to registered columns, public
groupings and derived variables, and the result is rendered anew. What a researcher typed never reaches the engine.
"""

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

from output_checker.errors import ExpressionError, UnknownColumnError
from output_checker.metadata import DatasetMetadata, Grouping, Variable
from output_checker.numbers import is_round
from output_checker.text import Text

DIALECT = "duckdb"
MAX_NODES = 500
MAX_NESTING = 100
MAX_CAPS = 4
"""Caps of caps: each spells out twice what it is of, so that more of them would grow beyond bounds."""
MAX_NUMBER_LENGTH = 15

ALLOWED: frozenset[type[exp.Expr]] = frozenset(
    {
        *(exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren),
        *(exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE),
        *(exp.Is, exp.In, exp.Between, exp.Case, exp.If, exp.Coalesce, exp.Nullif),
        *(exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod),
        *(exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Greatest, exp.Least, exp.Ln),
    }
)
"""Every kind of node that may occur; whatever is not here is refused."""

_NESTING = frozenset({TokenType.L_PAREN, TokenType.CASE, TokenType.NOT, TokenType.DASH})

_WAY_OUT = Text(
    nl="Gebruik kolommen, getallen, codes, vergelijkingen, AND/OR/NOT, IN, BETWEEN, CASE, LN en rekenen.",
    en="Use columns, numbers, codes, comparisons, AND/OR/NOT, IN, BETWEEN, CASE, LN and arithmetic.",
)


@dataclass(frozen=True)
class Scope:
    """The names that expressions may use: columns and groupings of a view, and variables derived from them."""

    metadata: DatasetMetadata
    derived: Mapping[str, str] = field(default_factory=dict)

    def parse(self, sql: str, place: str) -> exp.Expr:
        """An expression over registered columns and public groupings alone.

        Raises:
            ExpressionError: it is outside the allow-list, too large, or names a text that is no public code.
            UnknownColumnError: it names a column that is not in the view.
        """
        return self._resolved(_parsed(sql, place), place, ())

    def variable(self, name: str, place: str) -> exp.Expr:
        """The expression behind one name: a column, a grouping or a derived variable.

        Raises:
            ExpressionError: the name stands for an identifier.
            UnknownColumnError: there is no such name.
        """
        return self._meaning(name, place, ())

    def render(self, tree: exp.Expr) -> str:
        """DuckDB's spelling over the columns of the file: groupings spelled out, "no answer" as NULL."""
        tree = tree.transform(self._floored)
        meant = _replaced(tree, {name: self._physical(name) for name in sources(tree)})
        return render(meant.transform(_defined))

    def _floored(self, node: exp.Expr) -> exp.Expr:
        """Whole division of fractions rounds down, as in pandas: the engine would divide them as they are."""
        if not isinstance(node, exp.IntDiv) or not self._is_fractional(node):
            return node
        above, below = (
            exp.Paren(this=side.transform(self._floored)) for side in (node.this, node.expression)
        )
        quotient = exp.Div(this=above, expression=below)
        return exp.Paren(this=exp.Floor(this=quotient))

    def _is_fractional(self, tree: exp.Expr) -> bool:
        columns = self.metadata.columns
        kinds = (columns[name].type for name in sources(tree) if name in columns)
        divided = tree.find(exp.Div, exp.Ln) is not None
        return "number" in kinds or divided or any("." in one.name for one in tree.find_all(exp.Literal))

    def _resolved(self, tree: exp.Expr, place: str, path: tuple[str, ...]) -> exp.Expr:
        self._check_texts(tree, place)
        meanings = {name: self._meaning(name, place, path) for name in sources(tree)}
        if sum(_size(meanings[column.name]) for column in tree.find_all(exp.Column)) > MAX_NODES:
            raise _too_large(place)
        meant = _replaced(tree, meanings)
        if _caps_within(meant) > MAX_CAPS:
            raise _too_large(place)
        return meant

    def _meaning(self, name: str, place: str, path: tuple[str, ...]) -> exp.Expr:
        if name in self.derived:
            return self._derived(name, place, path)
        if name not in self.metadata.groupings:
            self._check_column(name, place)
        return exp.column(name, quoted=True)

    def _derived(self, name: str, place: str, path: tuple[str, ...]) -> exp.Expr:
        if name in path:
            message = Text(nl=f"{name} is uit zichzelf berekend.", en=f"{name} is computed from itself.")
            raise ExpressionError(message, field=place)
        own = f"derive.{name}"
        return exp.Paren(this=self._resolved(_parsed(self.derived[name], own), own, (*path, name)))

    def _check_column(self, name: str, place: str) -> None:
        if name not in self.metadata.columns:
            known = [*self.derived, *self.metadata.groupings, *self.metadata.columns]
            message = Text(nl=f"Er is geen kolom {name!r}.", en=f"There is no column {name!r}.")
            raise UnknownColumnError(message, field=place, remedy=_nearest(name, known))
        if self.metadata.columns[name].role == "identifier":
            message = Text(nl=f"{name} wijst eenheden aan.", en=f"{name} points out units.")
            remedy = Text(nl="Gebruik geen identificatoren.", en="Do not use identifiers.")
            raise ExpressionError(message, field=place, remedy=remedy)

    def _check_texts(self, tree: exp.Expr, place: str) -> None:
        """Texts that are no public code would never match, or would carry words of the researcher's own."""
        public = public_labels(self.metadata)
        for literal in tree.find_all(exp.Literal):
            if literal.is_string and literal.name not in public:
                short = repr(literal.name[:60])
                message = Text(nl=f"{short} staat in geen codelijst.", en=f"{short} is in no code list.")
                raise ExpressionError(message, field=place, remedy=_nearest(literal.name, list(public)))

    def _physical(self, name: str) -> exp.Expr:
        grouped = self.metadata.groupings.get(name)
        return _grouped(*grouped) if grouped else _column(self.metadata.columns[name])


def public_labels(metadata: DatasetMetadata) -> dict[str, Text]:
    """Every code and group of the view, in order, with its words: the only texts that may become a label."""
    groups = {
        name: group.label
        for _, grouping in metadata.groupings.values()
        for name, group in grouping.groups.items()
    }
    return groups | {code: words for variable in metadata.variables for code, words in variable.codes.items()}


def render(tree: exp.Expr) -> str:
    """DuckDB's spelling of a checked expression, every name quoted."""
    return tree.sql(dialect=DIALECT, identify=True, comments=False)


def sources(tree: exp.Expr) -> list[str]:
    """The names of columns and groupings in an expression, each once, in order of appearance."""
    return list(dict.fromkeys(column.name for column in tree.find_all(exp.Column, bfs=False)))


def _caps_within(tree: exp.Expr) -> int:
    """How deep caps stand in each other."""
    deeper = max((_caps_within(node) for node in tree.iter_expressions()), default=0)
    return deeper + isinstance(tree, exp.Least | exp.Greatest)


def _defined(node: exp.Expr) -> exp.Expr:
    """What is missing where it does not exist: a logarithm, of which the engine would stop, and what is capped."""
    if isinstance(node, exp.Least | exp.Greatest):
        return _capped(node)
    if not isinstance(node, exp.Ln):
        return node
    zero = exp.Literal.number(0)
    # Else each logarithm in a logarithm would be spelled out twice, and so on.
    above = exp.Greatest(this=node.this.transform(_defined), expressions=[zero], ignore_nulls=True)
    return exp.Ln(this=exp.Nullif(this=above, expression=zero.copy()))


def _capped(node: exp.Least | exp.Greatest) -> exp.Expr:
    """A cap under which a missing value stays missing, as in pandas: the engine would put the cap in its place, and so
    add up how many are missing. Among several columns the engine takes what there is, as pandas does.
    """
    sides = [side.transform(_defined) for side in (node.this, *node.expressions)]
    kept = type(node)(**{**node.args, "this": sides[0], "expressions": sides[1:]})
    varying = [side for side in sides if side.find(exp.Column)]
    if len(varying) != 1:
        return kept
    (value,) = varying
    # Not so for what is missing, and for what is no number or infinite.
    itself = exp.Sub(this=exp.Paren(this=value.copy()), expression=exp.Paren(this=value.copy()))
    there = exp.EQ(this=itself, expression=exp.Literal.number(0))
    return exp.Paren(this=exp.Case(ifs=[exp.If(this=there, true=kept)]))


_LINEAR = (exp.Column, exp.Identifier, exp.Literal, exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div)
CONSTANT_DIGITS = 4
"""Digits of a constant that only changes a unit of measure; with more, it can be somebody's secret."""
CONSTANTS_REACH = 1e9
"""How far all constants together may stretch values: beyond it doubles overflow or lose digits, which divides units."""


_SMOOTH = (*_LINEAR, exp.Ln)
_STEPS = (exp.IntDiv, exp.Floor, exp.Ceil, exp.Round)
_MONOTONE = (*_SMOOTH, exp.Least, exp.Greatest, *_STEPS)
"""What keeps the order of a column: caps, floors, equal steps and logarithms."""


def is_linear(tree: exp.Expr) -> bool:
    """Whether an expression only changes the unit of measure of one column: nothing else can be hidden in it."""
    return _is_of_one_column(tree, _LINEAR)


def is_smooth(tree: exp.Expr) -> bool:
    """Whether an expression changes the scale of one column, and every value of it: no value stays what it was."""
    return _is_of_one_column(tree, _SMOOTH)


def is_monotone(tree: exp.Expr) -> bool:
    """Whether an expression keeps the order of one column, in which it occurs once: scales, caps and equal steps.

    Steps of different heights, which could hold several counts in one sum, take a CASE, a remainder, a second mention, a
    logarithm of steps, or a number of digits that differs.
    """
    steps = (node.find(*_STEPS) for node in tree.find_all(exp.Ln))
    digits = (node.args.get("decimals") for node in tree.find_all(exp.Round))
    uneven = any(steps) or any(one is not None and one.find(exp.Column) for one in digits)
    return _is_of_one_column(tree, _MONOTONE) and not uneven


def has_logarithm(tree: exp.Expr) -> bool:
    """Whether there is a logarithm in an expression."""
    return tree.find(exp.Ln) is not None


def _is_of_one_column(tree: exp.Expr, kinds: tuple[type[exp.Expr], ...]) -> bool:
    columns = list(tree.find_all(exp.Column))
    plain = len(columns) == 1 and all(isinstance(node, kinds) for node in tree.walk())
    divided = any(node.expression.find(exp.Column) for node in tree.find_all(exp.Div, exp.IntDiv))
    constants = list(tree.find_all(exp.Literal))
    return plain and not divided and all(map(_is_short, constants)) and _is_within_reach(constants)


def _is_short(constant: exp.Literal) -> bool:
    return not constant.is_string and is_round(float(constant.name), CONSTANT_DIGITS)


def _is_within_reach(constants: Sequence[exp.Literal]) -> bool:
    """Whether no product or quotient of the constants leaves the numbers of which doubles keep every digit."""
    sizes = [float(constant.name) or 1.0 for constant in constants]
    return math.prod(max(size, 1 / size) for size in sizes) <= CONSTANTS_REACH


def _parsed(sql: str, place: str) -> exp.Expr:
    try:
        _check_tokens(sql, place)
        tree = sqlglot.parse_one(sql, read=DIALECT)
    except (SqlglotError, RecursionError):
        message = Text(nl="Dit is geen geldige expressie.", en="This is not a valid expression.")
        raise ExpressionError(message, field=place, remedy=_WAY_OUT) from None
    for node in tree.walk():
        _check_node(node, place)
    return tree


def _check_tokens(sql: str, place: str) -> None:
    """Before parsing, because the parser recurses: nesting and length are bounded by what opens them."""
    tokens = sqlglot.tokenize(sql, read=DIALECT)
    if any(token.comments for token in tokens):
        message = Text(nl="Een expressie bevat geen commentaar.", en="An expression holds no comments.")
        raise ExpressionError(message, field=place)
    if len(tokens) > MAX_NODES or sum(token.token_type in _NESTING for token in tokens) > MAX_NESTING:
        raise _too_large(place)


def _check_node(node: exp.Expr, place: str) -> None:
    if type(node) not in ALLOWED:
        name = node.key.upper()
        message = Text(nl=f"{name} mag hier niet.", en=f"{name} is not allowed here.")
        raise ExpressionError(message, field=place, remedy=_WAY_OUT)
    if isinstance(node, exp.Literal) and not node.is_string and len(node.name) > MAX_NUMBER_LENGTH:
        raise ExpressionError(Text(nl="Dit getal is te lang.", en="This number is too long."), field=place)
    if isinstance(node, exp.Column) and len(node.parts) > 1:
        message = Text(nl="Een kolom heet zonder tabelnaam.", en="A column has no table name.")
        raise ExpressionError(message, field=place, remedy=_WAY_OUT)


def _replaced(tree: exp.Expr, meanings: Mapping[str, exp.Expr]) -> exp.Expr:
    """A copy in which each column is replaced; what replaces it is not looked into again."""

    def meaning(node: exp.Expr) -> exp.Expr:
        return meanings[node.name].copy() if isinstance(node, exp.Column) else node

    return tree.transform(meaning)


def _size(tree: exp.Expr) -> int:
    return sum(1 for _ in tree.walk())


def _column(variable: Variable) -> exp.Expr:
    """A column whose numbers for "no answer" are missing, as they should be to any statistic."""
    column = exp.column(variable.name, quoted=True)
    if not variable.missing_codes:
        return column
    absent = exp.In(this=column, expressions=[_number(code) for code in variable.missing_codes])
    return exp.Paren(this=exp.Case(ifs=[exp.If(this=absent, true=exp.Null())], default=column.copy()))


def _grouped(variable: Variable, grouping: Grouping) -> exp.Expr:
    def literal(code: str) -> exp.Expr:
        return _number(int(code)) if variable.type == "integer" else exp.Literal.string(code)

    ifs = [
        exp.If(
            this=exp.In(this=_column(variable), expressions=[literal(code) for code in group.codes]),
            true=exp.Literal.string(name),
        )
        for name, group in grouping.groups.items()
    ]
    return exp.Paren(this=exp.Case(ifs=ifs))


def _number(number: float) -> exp.Expr:
    positive = exp.Literal.number(abs(number))
    return exp.Neg(this=positive) if number < 0 else positive


def _too_large(place: str) -> ExpressionError:
    message = Text(
        nl="Deze expressie is te groot of te diep.", en="This expression is too large or too deep."
    )
    remedy = Text(
        nl="Vraag de databeheerder om een openbare groepering.",
        en="Ask the data steward for a public grouping.",
    )
    return ExpressionError(message, field=place, remedy=remedy)


def _nearest(word: str, known: list[str]) -> Text | None:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return Text(nl=f"Bedoelt u {near[0]!r}?", en=f"Did you mean {near[0]!r}?") if near else None
