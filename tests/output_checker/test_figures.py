"""Drawings: only what may be published, the same bytes each time, nothing that a viewer would run or fetch."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest

from output_checker.figures import draw
from output_checker.kinds.figure.query import FigureQuery
from output_checker.kinds.figure.shown import Shown
from output_checker.text import Language
from output_checker.verdict import Verdict
from tests.output_checker.town import SIZE, Town, metadata_document, words

Build = Callable[..., Town]

QUANTILES = {"kind": "quantiles", "values": "income", "q": [0.1, 0.25, 0.5, 0.75, 0.9]}
DRAWN: list[tuple[str, dict[str, Any]]] = [
    ("bar", {"index": "area", "columns": "sex"}),
    ("bar", {"index": ["area", "sex", "sector"]}),
    ("line", {"index": "age_class", "columns": "sex", "derive": {"age_class": "age // 20 * 20"}}),
    ("line", {"index": ["area", "sex", "sector"]}),
    ("line", {"kind": "density", "values": "age", "by": "sex", "gridsize": 9}),
    ("map", {"index": "area", "values": "income", "aggfunc": "mean"}),
    ("map", {"index": "sex"}),
    ("histogram", {"kind": "histogram", "values": "age", "bins": 9}),
    ("histogram", {"kind": "histogram", "values": "age", "bins": [30, 40, 60], "by": "sex"}),
    ("box", QUANTILES),
    ("box", {**QUANTILES, "by": ["area", "sex", "sector"]}),
    ("box", {**QUANTILES, "q": [0.5]}),
    ("survival", {"kind": "survival", "duration": "age", "event": "employed", "by": "sex"}),
    (
        "survival",
        {"kind": "survival", "duration": "age", "event": "employed", "measures": ["at_risk", "survival"]},
    ),
    ("lorenz", {"kind": "concentration", "values": "income", "lorenz": [0.25, 0.5, 0.75], "by": "sex"}),
    ("forest", {"kind": "model", "formula": "income ~ age + sex"}),
]


def drawing(
    town: Town, mark: str, language: Language = "en", **of: Any
) -> tuple[Verdict, FigureQuery, dict[str, bytes]]:
    query = FigureQuery.parse({"kind": "figure", "mark": mark, "of": {"dataset": "town", **of}})
    verdict = town.judge(**query.model_dump(mode="json", exclude_defaults=True))
    return verdict, query, draw(verdict, query, language)


def texts(svg: bytes) -> str:
    return " ".join(ET.fromstring(svg).itertext())  # noqa: S314 - our own


@pytest.mark.parametrize(("mark", "of"), DRAWN)
def test_the_same_table_gives_the_same_bytes(build: Build, mark: str, of: dict[str, Any]) -> None:
    verdict, query, files = drawing(build(household=range(SIZE)), mark, **of)
    assert files == draw(verdict, query, "en")
    assert files["png"].startswith(b"\x89PNG")
    assert "Software" not in str(files["png"][:200])
    assert not re.search(rb"<script|<image|<foreignObject|<dc:date|href=\"http|onload", files["svg"])
    assert query.result_name in texts(files["svg"])


def test_another_process_draws_the_same_bytes(town: Town) -> None:
    verdict, query, files = drawing(town, "bar", index="area", columns="sex")
    code = (
        "import sys, hashlib\n"
        "from output_checker.figures import draw\n"
        "from output_checker.kinds.figure.query import FigureQuery\n"
        "from output_checker.verdict import Verdict\n"
        f"files = draw(Verdict.model_validate_json({verdict.model_dump_json()!r}), "
        f"FigureQuery.model_validate_json({query.model_dump_json(exclude_defaults=True)!r}), 'en')\n"
        "sys.stdout.buffer.write(files['svg'] + files['png'])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert shown.stdout == files["svg"] + files["png"]


def test_cells_that_fail_are_not_drawn(build: Build) -> None:
    town = build(area=["a"] * 7 + ["b"] * 113 + ["c"] * 120, household=range(SIZE))
    verdict, query, files = drawing(town, "map", index="area")
    shown = Shown(verdict.table, query, "en").column(0)
    assert [number for number in shown if number == number] == [113, 120]
    assert "Not drawn, because it may not be released: 1." in texts(files["svg"])
    assert not re.search(r"\b7\b", texts(files["svg"]))


def test_nothing_but_failing_cells_is_an_empty_drawing(build: Build) -> None:
    town = build(person=range(8), household=range(8))
    for mark, of in [("map", {"index": "sex"}), ("bar", {"index": "sex"}), ("box", QUANTILES)]:
        assert "Not drawn" in texts(drawing(town, mark, **of)[2]["svg"])


def test_speaks_dutch(town: Town) -> None:
    svg = texts(drawing(town, "map", "nl", index="sex")[2]["svg"])
    assert "Tegelkaart" in svg
    assert "niet naar ligging" in svg


def test_labels_are_text_and_nothing_else(build: Build) -> None:
    """A catalogue with hostile labels: no formula is set, no tag is opened."""
    document = metadata_document()
    codes = {"f": words(r"$\frac{1}{$<script>alert(1)</script>"), "m": words("a & b")}
    next(v for v in document["variables"] if v["name"] == "sex")["codes"] = codes
    svg = drawing(build(document=document), "bar", index="sex")[2]["svg"]
    assert b"<script" not in svg
    assert "<script>alert(1)</script>" in texts(svg)


def test_boxes_with_long_names_lie_down(build: Build) -> None:
    document = metadata_document()
    codes = {"f": words("women in this town " * 3), "m": words("men in this town " * 3)}
    next(v for v in document["variables"] if v["name"] == "sex")["codes"] = codes
    verdict, _, files = drawing(build(document=document, household=range(SIZE)), "box", **QUANTILES, by="sex")
    assert verdict.outcome == "pass"
    assert codes["f"]["en"].strip() in texts(files["svg"])
