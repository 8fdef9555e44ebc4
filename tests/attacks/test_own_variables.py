"""Attacks with a variable of one's own: whatever it carries and however it is packed, none passes without people.

Each attack is a file of values, and what is said of it. It says beside each how it must end: refused before anything is
computed, failed by a rule, or judged by people, and for the last what they see of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from output_checker.dataset import file_digest
from output_checker.errors import OutputCheckerError
from output_checker.judge import judge, judge_together
from output_checker.policy import load_policy
from output_checker.query import Query
from output_checker.verdict import Verdict
from tests.attacks.world import SIZE, columns, document
from tests.output_checker.town import Town, words

EVERYBODY = range(SIZE)
SECRET = int(columns()["income"][7])
HALVES = {"x": words("x"), "y": words("y")}


@dataclass(frozen=True)
class Attack:
    """Values of units, what a query says of them, and the query."""

    units: Sequence[Any]
    values: Sequence[Any]
    told: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=lambda: {"index": "mine", "columns": "sex"})
    names: tuple[str, ...] = ("unit", "value")
    content: bytes | None = None
    name: str = "mine"

    def asked(self, directory: Path) -> tuple[Query, Town]:
        path = directory / "own.parquet"
        path.write_bytes(self.content if self.content is not None else self._parquet())
        digest = file_digest(path)
        own = {
            "type": "category",
            "label": words("mine"),
            "code": "mine = 1",
            "codes": HALVES,
            "sha256": digest,
        }
        query = {"dataset": "town", **self.query, "own": {self.name: own | self.told}}
        town = Town(directory, document(), **columns())
        return Query.parse(query), town.seen_through(supplied={digest: path})

    def verdict(self, directory: Path) -> Verdict:
        query, town = self.asked(directory)
        return judge(query, town.dataset, load_policy("essnet"))

    def _parquet(self) -> bytes:
        written = BytesIO()
        held = dict(zip(self.names, (list(self.units), list(self.values)), strict=True))
        pq.write_table(pa.table(held), written)
        return written.getvalue()


def halves(odd: Sequence[int] = ()) -> list[str]:
    """One half of everybody, and ``odd`` in the other half than theirs."""
    return ["y" if (unit % 2 == 0) == (unit in odd) else "x" for unit in EVERYBODY]


NUMBER: dict[str, Any] = {"type": "number", "codes": {}}
SUM: dict[str, Any] = {"index": "area", "values": "mine", "aggfunc": "sum"}
MEAN: dict[str, Any] = {"index": "area", "values": "mine", "aggfunc": "mean"}
PEOPLE, RULE, REFUSED = "review", "fail", "refused"

ATTACKS: dict[str, tuple[str, Attack]] = {
    "a secret in every value": (RULE, Attack(EVERYBODY, [float(SECRET)] * SIZE, NUMBER, MEAN)),
    "a secret in the last digits": (
        RULE,
        Attack(EVERYBODY, [1 + SECRET / 1e9] * SIZE, NUMBER, MEAN),
    ),
    "one person's income and nothing else": (
        RULE,
        Attack(EVERYBODY, [float(SECRET) * (unit == 7) for unit in EVERYBODY], NUMBER, SUM),
    ),
    "one person's income among the small": (
        RULE,
        Attack(EVERYBODY, [SECRET if unit == 7 else 1e-6 for unit in EVERYBODY], NUMBER, SUM),
    ),
    "few with a value": (RULE, Attack(range(5), [1.0] * 5, NUMBER, MEAN)),
    "a bit of one person in a half": (PEOPLE, Attack(EVERYBODY, halves((7,)))),
    "a group of one": (RULE, Attack(EVERYBODY, ["x" if unit == 7 else "y" for unit in EVERYBODY])),
    "everybody their own value": (
        PEOPLE,
        Attack(EVERYBODY, EVERYBODY, {"type": "integer", "codes": {}}, MEAN),
    ),
    "a secret in a category": (
        PEOPLE,
        Attack(
            EVERYBODY,
            [f"person 7 earns {SECRET}"] * 600 + ["y"] * 600,
            {"codes": {f"person 7 earns {SECRET}": words("x"), "y": words("y")}},
        ),
    ),
    "a secret in the words of a category": (
        PEOPLE,
        Attack(EVERYBODY, halves(), {"codes": {"x": words(f"person 7 earns {SECRET}"), "y": words("y")}}),
    ),
    "a secret in its description": (
        PEOPLE,
        Attack(EVERYBODY, halves(), {"label": words(f"person 7 earns {SECRET}")}),
    ),
    "a secret in its code": (PEOPLE, Attack(EVERYBODY, halves(), {"code": f"income_of_7 = {SECRET}"})),
    "a secret in its name": (REFUSED, Attack(EVERYBODY, halves(), name=f"earns{SECRET}")),
    "a secret in long words": (REFUSED, Attack(EVERYBODY, halves(), {"label": words("x" * 101)})),
    "a secret in many lines of words": (REFUSED, Attack(EVERYBODY, halves(), {"label": words("a\nb")})),
    "code that reads otherwise than it runs": (
        REFUSED,
        Attack(EVERYBODY, halves(), {"code": "mine = honest # \u202e} terces {"}),
    ),
    "code with characters that show nothing": (
        REFUSED,
        Attack(EVERYBODY, halves(), {"code": "mine\u200b = 1"}),
    ),
    "code without end": (REFUSED, Attack(EVERYBODY, halves(), {"code": "x" * 20_001})),
    "one person with many rows": (REFUSED, Attack([7] * SIZE, ["x"] * SIZE)),
    "one person twice": (REFUSED, Attack([*EVERYBODY, 7], [*halves(), "x"])),
    "one person twice, otherwise written": (
        REFUSED,
        Attack([*map(str, EVERYBODY), "7"], [*halves(), "x"]),
    ),
    "a made-up frame": (REFUSED, Attack(range(10**6, 10**6 + SIZE), halves())),
    "made-up persons among the real": (REFUSED, Attack([*EVERYBODY, 10**6], [*halves(), "x"])),
    "more persons than there are": (REFUSED, Attack(range(10**5), ["x"] * 10**5)),
    "a key in a value": (REFUSED, Attack(EVERYBODY, [str(unit) for unit in EVERYBODY])),
    "nothing for a person": (REFUSED, Attack([None, *range(1, SIZE)], halves())),
    "no number": (REFUSED, Attack(EVERYBODY, [float("nan")] * SIZE, NUMBER, MEAN)),
    "a number without end": (REFUSED, Attack(EVERYBODY, [float("inf")] * SIZE, NUMBER, MEAN)),
    "a path for a column": (
        REFUSED,
        Attack(EVERYBODY, halves(), names=("unit", "../../secrets/session_key")),
    ),
    "structures for values": (REFUSED, Attack(EVERYBODY, [{"x": 1}] * SIZE)),
    "lists for values": (REFUSED, Attack(EVERYBODY, [["x"]] * SIZE)),
    "other types than told": (REFUSED, Attack(EVERYBODY, halves(), NUMBER, MEAN)),
    "no file of values": (REFUSED, Attack((), (), content=b"PAR1" + b"\x00" * 64 + b"PAR1")),
    "a column of the microdata again": (REFUSED, Attack(EVERYBODY, halves(), name="Sex")),
}

NAMES = [pytest.param(how, attack, id=name) for name, (how, attack) in ATTACKS.items()]


def end_of(attack: Attack, directory: Path) -> tuple[str, str]:
    """How it ends, and what is said where it is refused."""
    try:
        return attack.verdict(directory).outcome.value, ""
    except OutputCheckerError as error:
        return REFUSED, f"{error.message} {error.remedy}"


@pytest.mark.parametrize(("how", "attack"), NAMES)
def test_none_passes_without_people(how: str, attack: Attack, tmp_path: Path) -> None:
    ended, said = end_of(attack, tmp_path)
    assert ended == how
    # A name is the query's own word; a value never is.
    assert str(SECRET) not in said.replace(attack.name, "")


def test_people_see_what_is_hidden_in_it(tmp_path: Path) -> None:
    """The warning signs: a value for each, a single value, the words and the code themselves."""

    def own(name: str) -> Any:
        return ATTACKS[name][1].verdict(tmp_path).own[0]

    assert own("everybody their own value").different == SIZE
    assert own("a secret in every value").different == 1
    assert str(SECRET) in own("a secret in the words of a category").bins[0].label.en
    assert str(SECRET) in own("a secret in its code").code


def test_two_halves_that_differ_by_one_person_go_to_people(tmp_path: Path) -> None:
    """Tables over two own variables can be subtracted; no rule can know, so nothing of it passes by itself."""
    (tmp_path / "one").mkdir()
    first, town = Attack(EVERYBODY, halves()).asked(tmp_path)
    second, other = Attack(EVERYBODY, halves((7,)), name="other", query={"index": "other"}).asked(
        tmp_path / "one"
    )
    supplied = {**town.dataset.supplied, **other.dataset.supplied}
    together = judge_together(
        [first, second], town.seen_through(supplied=supplied).dataset, load_policy("essnet")
    )
    assert {verdict.outcome.value for verdict in together} <= {PEOPLE, RULE}


def test_a_neighbour_in_the_request_does_not_bring_it_in_unseen(tmp_path: Path) -> None:
    first, town = Attack(EVERYBODY, halves()).asked(tmp_path)
    hidden = Query.parse({"dataset": "town", "index": "mine"})
    with pytest.raises(OutputCheckerError):
        judge_together([first, hidden], town.dataset, load_policy("essnet"))
