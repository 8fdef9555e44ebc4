"""A made-up register of businesses whose turnovers are as skewed as real ones, so that dominance matters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from deploy.demo.places import Neighbourhood

PERSONS_PER_BUSINESS = 9.0
# Share of the businesses, and yearly turnover per person employed in euros (median), by branch.
BRANCHES: dict[str, tuple[float, float]] = {
    "agriculture": (0.03, 110_000),
    "manufacturing": (0.05, 190_000),
    "energy-and-water": (0.005, 450_000),
    "construction": (0.13, 130_000),
    "wholesale": (0.06, 420_000),
    "retail": (0.11, 150_000),
    "transport": (0.04, 120_000),
    "hospitality": (0.07, 60_000),
    "information-technology": (0.06, 140_000),
    "smart-services": (0.025, 170_000),
    "finance": (0.03, 320_000),
    "real-estate": (0.03, 210_000),
    "professional-services": (0.18, 105_000),
    "health-and-care": (0.10, 65_000),
    "culture-and-recreation": (0.08, 70_000),
}
SIZE_CLASSES = {"1": 1, "2-9": 9, "10-49": 49, "50-249": 249, "250+": np.inf}
MOST_EMPLOYED = 8_000


def register(places: Sequence[Neighbourhood], random: np.random.Generator) -> pd.DataFrame:
    """Return one row per business: keys of business and holding, place, branch, persons employed, turnover (euros)."""
    count = round(sum(place.persons for place in places) / PERSONS_PER_BUSINESS)
    place = _locations(places, count, random)
    branches = np.array(list(BRANCHES))
    branch = random.choice(len(branches), count, p=_shares())
    employed = _persons_employed(count, random)
    return pd.DataFrame(
        {
            "business": _keys("B", count, random),
            "holding": _holdings(count, random),
            "municipality": pd.Categorical(np.array([p.municipality for p in places])[place]),
            "district": pd.Categorical(np.array([p.district for p in places])[place]),
            "neighbourhood": pd.Categorical(np.array([p.code for p in places])[place]),
            "branch": pd.Categorical(branches[branch]),
            "size_class": pd.Categorical(_size_class(employed), categories=list(SIZE_CLASSES)),
            "persons_employed": employed,
            "turnover": _turnover(employed, branch, random),
        }
    )


def _shares() -> npt.NDArray[np.float64]:
    shares = np.array([share for share, _ in BRANCHES.values()])
    return np.asarray(shares / shares.sum(), dtype=np.float64)


def _keys(prefix: str, count: int, random: np.random.Generator) -> npt.NDArray[np.str_]:
    numbers = np.unique(random.integers(16**9, 16**10, count + count // 1000 + 16))
    return np.array([f"{prefix}{number:x}" for number in random.permutation(numbers)[:count]])


def _locations(
    places: Sequence[Neighbourhood], count: int, random: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Businesses go where people live, and in some places (centres, estates) far more than that."""
    weight = np.array([place.persons for place in places]) * random.lognormal(0.0, 0.8, len(places))
    return random.choice(len(places), count, p=weight / weight.sum())


def _persons_employed(count: int, random: np.random.Generator) -> npt.NDArray[np.int64]:
    # Pareto with exponent near one: most have a single person, few have thousands (Zipf's law of firm sizes).
    return np.minimum(np.floor(random.pareto(1.06, count) + 1), MOST_EMPLOYED).astype(np.int64)


def _turnover(
    employed: npt.NDArray[np.int64], branch: npt.NDArray[np.int64], random: np.random.Generator
) -> npt.NDArray[np.int64]:
    per_person = np.array([median for _, median in BRANCHES.values()])[branch]
    exact = employed * per_person * random.lognormal(0.0, 0.9, len(employed))
    return np.asarray(np.round(exact, -3), dtype=np.int64)


def _size_class(employed: npt.NDArray[np.int64]) -> npt.NDArray[np.str_]:
    limits = np.array(list(SIZE_CLASSES.values()))
    return np.asarray(np.array(list(SIZE_CLASSES))[np.searchsorted(limits, employed)], dtype=np.str_)


def _holdings(count: int, random: np.random.Generator) -> npt.NDArray[np.str_]:
    """Return a holding per business: most businesses stand alone, some holdings own a dozen."""
    sizes = np.minimum(np.floor(random.pareto(2.2, count) + 1), 12).astype(np.int64)
    holding = np.repeat(np.arange(count), sizes)[:count]
    return np.asarray(_keys("H", count, random)[random.permutation(holding)], dtype=np.str_)
