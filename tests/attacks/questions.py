"""How attacks and ordinary questions are written down, short."""

from typing import Any

AREA: dict[str, Any] = {"index": "area"}
AREA_SEX: dict[str, Any] = {"index": "area", "columns": "sex"}
ONE = {"one": "CASE WHEN employed THEN 1 ELSE 0 END"}
AGED = {"aged": "CASE WHEN age >= 60 THEN 1 ELSE 0 END"}


def drawn(mark: str, **of: Any) -> dict[str, Any]:
    return {"kind": "figure", "mark": mark, "of": {"dataset": "town", **of}}


def model(formula: str, **more: Any) -> dict[str, Any]:
    return {"kind": "model", "formula": formula, **more}


def positions(*q: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "quantiles", "values": "income", "q": list(q), **more}


def histogram(*bins: float, **more: Any) -> dict[str, Any]:
    return {"kind": "histogram", "values": "age", "bins": list(bins), **more}


def survival(**more: Any) -> dict[str, Any]:
    return {"kind": "survival", "duration": "hours", "event": "employed", "times": [10, 20, 30, 40], **more}


HIDDEN = {**AREA_SEX, "hide": [{"area": "d", "sex": "f"}]}
SUMS = {**AREA_SEX, "values": "income", "aggfunc": "sum"}
DUMMY = {"farm": "CASE WHEN sector = 1 THEN 1 ELSE 0 END"}
