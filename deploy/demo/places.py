"""Dutch municipalities with made-up districts and neighbourhoods, numbered in the scheme of Statistics Netherlands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FEWEST_PERSONS = 60
MOST_PERSONS = 19_900
# Sizes of neighbourhoods are spread over more than two orders of magnitude, as the real ones are.
SIZE_SPREAD = 1.25


@dataclass(frozen=True)
class Municipality:
    """A municipality: its real code, name and share of the persons, and districts with a number of neighbourhoods."""

    code: str
    name: str
    share: float
    districts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Neighbourhood:
    """A neighbourhood (buurt) in its district (wijk) and municipality, with the persons it is meant to hold."""

    code: str
    name: str
    district: str
    district_name: str
    municipality: str
    persons: int


# Shares follow the numbers of residents; districts bear the names that residents know, borders are not theirs.
MUNICIPALITIES = (
    Municipality(
        "GM0917",
        "Heerlen",
        0.09,
        (("Hoensbroek", 5), ("Heerlerheide", 5), ("Heerlen-Stad", 7), ("Heerlerbaan", 4)),
    ),
    Municipality(
        "GM0518",
        "Den Haag",
        0.48,
        (
            ("Loosduinen", 5),
            ("Escamp", 7),
            ("Segbroek", 5),
            ("Scheveningen", 6),
            ("Centrum", 7),
            ("Laak", 4),
            ("Haagse Hout", 5),
            ("Leidschenveen-Ypenburg", 5),
        ),
    ),
    Municipality(
        "GM1883",
        "Sittard-Geleen",
        0.10,
        (("Sittard", 7), ("Geleen", 6), ("Born", 3), ("Limbricht", 2)),
    ),
    Municipality(
        "GM0935",
        "Maastricht",
        0.12,
        (("Centrum", 5), ("Zuidwest", 5), ("Noordwest", 5), ("Noordoost", 4), ("Zuidoost", 4)),
    ),
    Municipality(
        "GM0772",
        "Eindhoven",
        0.21,
        (
            ("Centrum", 4),
            ("Stratum", 5),
            ("Tongelre", 4),
            ("Woensel-Zuid", 5),
            ("Woensel-Noord", 5),
            ("Strijp", 4),
            ("Gestel", 5),
        ),
    ),
)


def _sizes(count: int, total: int, random: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return `count` sizes from 60 to 19,900 persons, heavy-tailed, that add up to `total`."""
    shares = random.lognormal(0.0, SIZE_SPREAD, count)
    sizes = np.clip(shares / shares.sum() * total, FEWEST_PERSONS, MOST_PERSONS)
    for _ in range(50):  # what clipping took away goes to the others, in proportion
        free = (sizes > FEWEST_PERSONS) & (sizes < MOST_PERSONS)
        sizes[free] *= 1 + (total - sizes.sum()) / sizes[free].sum()
        sizes = np.clip(sizes, FEWEST_PERSONS, MOST_PERSONS)
    return np.asarray(np.floor(sizes), dtype=np.int64)


def _within(municipality: Municipality, total: int, random: np.random.Generator) -> list[Neighbourhood]:
    count = sum(number for _, number in municipality.districts)
    sizes = iter(_sizes(count, total, random))
    digits = municipality.code.removeprefix("GM")
    return [
        Neighbourhood(
            code=f"BU{digits}{district:02}{number:02}",
            name=f"{name} buurt {number}",
            district=f"WK{digits}{district:02}",
            district_name=name,
            municipality=municipality.code,
            persons=int(next(sizes)),
        )
        for district, (name, neighbourhoods) in enumerate(municipality.districts, start=1)
        for number in range(1, neighbourhoods + 1)
    ]


def neighbourhoods(persons: int, random: np.random.Generator) -> list[Neighbourhood]:
    """Return all neighbourhoods, whose sizes add up to about `persons`."""
    return [
        place
        for municipality in MUNICIPALITIES
        for place in _within(municipality, round(municipality.share * persons), random)
    ]
