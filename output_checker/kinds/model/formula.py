"""Formulas: the small part of the formula language that a model may use, parsed here and never evaluated.

``outcome ~ age + C(sex) * area - 1``: names, ``C(name)`` and ``C(name, Treatment("code"))``, interactions with ``:``
and ``*``, and the intercept. Every transformation is a derived variable of the query, which the expressions' own
allow-list guards. What a researcher typed never reaches another library.
"""

import re
from dataclasses import dataclass, field
from itertools import combinations

from output_checker.errors import QueryError
from output_checker.text import Text

MAX_LENGTH = 2_000
MAX_TERMS = 64
MAX_FACTORS = 4
"""Most variables in one interaction."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]{0,62})|(?P<number>\d{1,9})"""
    r"""|(?P<text>"[^"]{1,200}"|'[^']{1,200}')|(?P<sign>[~+\-:*(),=]))"""
)

_WAY_OUT = Text(
    nl="Schrijf het als: uitkomst ~ variabele + C(categorie) + a:b. Andere bewerkingen gaan via derive.",
    en="Write it as: outcome ~ variable + C(category) + a:b. Do any other operation by derive.",
)


@dataclass(frozen=True)
class Factor:
    """One variable in a term; ``categorical`` when written as ``C(name)``, ``reference`` the code compared with."""

    name: str
    categorical: bool = False
    reference: str | None = None

    def __str__(self) -> str:
        if not self.categorical:
            return self.name
        return f"C({self.name}, Treatment({self.reference!r}))" if self.reference else f"C({self.name})"

    @property
    def key(self) -> str:
        """The spelling in names of coefficients, as statsmodels has it without the reference."""
        return f"C({self.name})" if self.categorical else self.name


Term = tuple[Factor, ...]


@dataclass(frozen=True)
class Formula:
    """A parsed formula: terms in order of degree, the intercept apart."""

    outcome: str
    terms: tuple[Term, ...]
    intercept: bool

    def __str__(self) -> str:
        terms = [":".join(str(factor) for factor in term) for term in self.terms]
        right = " + ".join(terms) or ("1" if self.intercept else "0")
        return f"{self.outcome} ~ {right}{' - 1' if terms and not self.intercept else ''}"

    @property
    def factors(self) -> tuple[Factor, ...]:
        """Every variable on the right, each once, in order of appearance."""
        return tuple(dict.fromkeys(factor for term in self.terms for factor in term))


def parse_formula(words: str) -> Formula:
    """Read a formula.

    Raises:
        QueryError: it is outside the allowed part of the language, or too large.
    """
    reader = _Reader(_tokens(words))
    outcome = reader.name()
    reader.expect("~")
    found, intercept = reader.right()
    terms = sorted(dict.fromkeys(found), key=len)
    if len(terms) > MAX_TERMS:
        raise _refused(
            Text(nl=f"Hoogstens {MAX_TERMS} termen mag.", en=f"At most {MAX_TERMS} terms are allowed.")
        )
    if any(factor.name == outcome for term in terms for factor in term):
        raise _refused(
            Text(nl=f"{outcome} staat links en rechts.", en=f"{outcome} is on the left and on the right.")
        )
    formula = Formula(outcome, tuple(terms), intercept)
    _check_references(formula)
    return formula


def _check_references(formula: Formula) -> None:
    keys = [factor.key for factor in formula.factors]
    for factor in formula.factors:
        if keys.count(factor.key) > 1:
            raise _refused(
                Text(
                    nl=f"{factor.key} staat er met twee referenties in.",
                    en=f"{factor.key} occurs with two references.",
                )
            )


def _tokens(words: str) -> list[str]:
    place, tokens = 0, []
    words = words.rstrip()
    while place < len(words):
        token = _TOKEN.match(words, place)
        if token is None:
            sign = words[place:].lstrip()[:1]
            raise _refused(
                Text(nl=f"Het teken {sign!r} mag hier niet.", en=f"The sign {sign!r} is not allowed here.")
            )
        tokens.append(token.group().strip())
        place = token.end()
    return tokens


@dataclass
class _Reader:
    """Reads tokens one by one."""

    tokens: list[str]
    place: int = field(default=0)

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.place += 1
        return token

    def accept(self, sign: str) -> bool:
        found = self.peek() == sign
        self.place += found
        return found

    def expect(self, sign: str) -> None:
        if not self.accept(sign):
            raise _refused(Text(nl=f"Hier hoort {sign!r} te staan.", en=f"{sign!r} should be here."))

    def name(self) -> str:
        token = self.take()
        if not re.fullmatch(r"[A-Za-z_]\w*", token):
            raise _refused(
                Text(nl="Hier hoort een variabele te staan.", en="The name of a variable should be here.")
            )
        if self.peek() == "(":
            message = Text(
                nl=f"De functie {token} mag hier niet.", en=f"The function {token} is not allowed."
            )
            raise _refused(message)
        return token

    def right(self) -> tuple[list[Term], bool]:
        """Terms joined by plus; ``- 1`` and ``0`` take the intercept away."""
        terms: list[Term] = []
        intercept = True
        while True:
            if self.peek() in ("0", "1"):
                intercept = self.take() == "1"
            else:
                terms += self.product()
            if self.accept("-"):
                self.expect("1")
                intercept = False
            if not self.peek():
                return terms, intercept
            self.expect("+")

    def product(self) -> list[Term]:
        """``a * b``: the variables and their interactions."""
        parts = [self.interaction()]
        while self.accept("*"):
            parts.append(self.interaction())
        if sum(map(len, parts)) > MAX_FACTORS:
            raise _refused(
                Text(
                    nl=f"Een interactie heeft hoogstens {MAX_FACTORS} variabelen.",
                    en=f"An interaction has at most {MAX_FACTORS} variables.",
                )
            )
        return [
            tuple(dict.fromkeys(factor for part in chosen for factor in part))
            for size in range(1, len(parts) + 1)
            for chosen in combinations(parts, size)
        ]

    def interaction(self) -> Term:
        factors = [self.factor()]
        while self.accept(":"):
            factors.append(self.factor())
        return tuple(factors)

    def factor(self) -> Factor:
        if self.tokens[self.place : self.place + 2] != ["C", "("]:
            return Factor(self.name())
        self.place += 2
        name = self.name()
        reference = self.treatment() if self.accept(",") else None
        self.expect(")")
        return Factor(name, categorical=True, reference=reference)

    def treatment(self) -> str:
        """``Treatment("code")``: the category that others are compared with."""
        for token in ("Treatment", "("):
            self.expect(token)
        if self.accept("reference"):
            self.expect("=")
        sign = "-" if self.accept("-") else ""
        code = sign + self.take().strip("\"'")
        self.expect(")")
        return code


def _refused(message: Text) -> QueryError:
    return QueryError(message, field="formula", remedy=_WAY_OUT)
