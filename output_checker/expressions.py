"""Expressions: the small part of SQL that a query may use.

An expression is parsed, every node is compared with an allow-list, names are resolved to registered columns, public
groupings and derived variables, and the result is rendered anew. What a researcher typed never reaches the engine.
"""

import difflib
from collections.abc import Mapping
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
MAX_NUMBER_LENGTH = 15

ALLOWED: frozenset[type[exp.Expr]] = frozenset(
    {
        *(exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren),
        *(exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE),
        *(exp.Is, exp.In, exp.Between, exp.Case, exp.If, exp.Coalesce, exp.Nullif),
        *(exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod),
        *(exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Greatest, exp.Least),
    }
)
"""Every kind of node that may occur; whatever is not here is refused."""

_NESTING = frozenset({TokenType.L_PAREN, TokenType.CASE, TokenType.NOT, TokenType.DASH})

_WAY_OUT = Text(
    nl="Gebruik kolommen, getallen, codes, vergelijkingen, AND/OR/NOT, IN, BETWEEN, CASE en rekenen.",
    en="Use columns, numbers, codes, comparisons, AND/OR/NOT, IN, BETWEEN, CASE and arithmetic.",
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
        return render(_replaced(tree, {name: self._physical(name) for name in sources(tree)}))

    def _resolved(self, tree: exp.Expr, place: str, path: tuple[str, ...]) -> exp.Expr:
        self._check_texts(tree, place)
        meanings = {name: self._meaning(name, place, path) for name in sources(tree)}
        if sum(_size(meanings[column.name]) for column in tree.find_all(exp.Column)) > MAX_NODES:
            raise _too_large(place)
        return _replaced(tree, meanings)

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


_LINEAR = (exp.Column, exp.Identifier, exp.Literal, exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div)
CONSTANT_DIGITS = 4
"""Digits of a constant that only changes a unit of measure; with more, it can be somebody's secret."""


def is_linear(tree: exp.Expr) -> bool:
    """Whether an expression only changes the unit of measure of one column: nothing else can be hidden in it."""
    columns = list(tree.find_all(exp.Column))
    plain = len(columns) == 1 and all(isinstance(node, _LINEAR) for node in tree.walk())
    divided = any(node.expression.find(exp.Column) for node in tree.find_all(exp.Div))
    return plain and not divided and all(map(_is_short, tree.find_all(exp.Literal)))


def _is_short(constant: exp.Literal) -> bool:
    return not constant.is_string and is_round(float(constant.name), CONSTANT_DIGITS)


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
