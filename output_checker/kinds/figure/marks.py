"""The marks: each draws a table in one way, told apart by shape and hatching as well as by colour."""

import math
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle
from typing import TYPE_CHECKING, Any

from output_checker.kinds.figure.shown import Shown
from output_checker.text import Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#4d4d4d")
"""Okabe and Ito 2008: told apart by people who do not see all colours."""

HATCHES = ("", "//", "..", "xx", "--", "\\\\", "++")
LINES = ("-", "--", "-.", ":")
POINTS = ("o", "s", "^", "D", "v", "P", "X")

NORMAL_95 = 1.959964
"""Half the width of a 95 % interval, in standard errors."""

MAX_LETTERS = 70
"""What fits side by side under the axis."""

TILE_LETTERS = 14
"""What fits on a line of a tile."""

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"


def _styles() -> Iterator[dict[str, Any]]:
    """Ways to draw a line, without end."""
    return map(_style, cycle(COLOURS), cycle(LINES), cycle(POINTS))


def _style(colour: str, line: str, point: str) -> dict[str, Any]:
    return {"color": colour, "linestyle": line, "marker": point}


def draw_bars(axes: "Axes", shown: Shown) -> None:
    """Rows side by side, a bar for each column; lying down where the names of the rows are long."""
    columns, lying = shown.columns, _are_long(shown.rows)
    width = 0.8 / len(columns)
    bars: Any = axes.barh if lying else axes.bar
    for place, words in enumerate(columns):
        offset = (place - (len(columns) - 1) / 2) * width
        at = [row + offset for row in range(len(shown.rows))]
        style = {"color": COLOURS[place % len(COLOURS)], "hatch": HATCHES[place % len(HATCHES)]}
        bars(at, shown.column(place), width, label=words, edgecolor="white", **style)
    if lying:
        axes.set_yticks(range(len(shown.rows)), shown.rows)
        axes.invert_yaxis()
    else:
        axes.set_xticks(range(len(shown.rows)), shown.rows)
    _legend(axes, len(columns))


def draw_lines(axes: "Axes", shown: Shown) -> None:
    """A line for each column over the rows; or for each group over its points."""
    series = _series(shown)
    for style, (words, points) in zip(_styles(), series.items(), strict=False):
        axes.plot(list(points), list(points.values()), label=words, markersize=4, **style)
    if _are_long([point for point in next(iter(series.values())) if isinstance(point, str)]):
        axes.tick_params(axis="x", rotation=90)
    _legend(axes, len(series))


def _series(shown: Shown) -> dict[str, dict[Any, float]]:
    """Lines by name; what has points as its measures (a density) is turned, so that the points go to the right."""
    if shown.query.of.kind == "density":
        return {
            words: {float(label): number for label, number in points.items()}
            for words, points in shown.groups().items()
        }
    rows: list[Any] = shown.rows
    if all(re.fullmatch(_NUMBER, row) for row in rows):
        rows = [float(row) for row in rows]
    return {
        words: dict(zip(rows, shown.column(place), strict=True)) for place, words in enumerate(shown.columns)
    }


def draw_histogram(axes: "Axes", shown: Shown) -> None:
    """A bar as wide as its bin; groups as outlines over each other. Bins without two edges are not drawn."""
    groups = shown.groups()
    for style, (words, counts) in zip(_styles(), groups.items(), strict=False):
        edges, heights = _binned(counts)
        axes.stairs(
            heights,
            edges,
            label=words,
            fill=len(groups) == 1,
            color=style["color"],
            linestyle=style["linestyle"],
        )
    names = shown.table.column_names or shown.table.row_names
    axes.set_xlabel(shown.table.heading(names[-1], shown.language))
    _legend(axes, len(groups))


def _binned(counts: dict[str, float]) -> tuple[list[float], list[float]]:
    found = {label: re.fullmatch(rf"\[({_NUMBER}), ({_NUMBER})[)\]]", label) for label in counts}
    bins = [(float(match[1]), float(match[2]), counts[label]) for label, match in found.items() if match]
    heights = [0.0 if math.isnan(height) else height for _, _, height in bins]
    return [*(low for low, _, _ in bins), bins[-1][1]], heights


def draw_boxes(axes: "Axes", shown: Shown) -> None:
    """A box from the lowest to the highest published quantile of each group: never a minimum, maximum or outlier."""
    groups = shown.groups()
    boxes = [box for words, numbers in groups.items() if (box := _box(words, numbers))]
    if not boxes:
        return
    lying = _are_long(box["label"] for box in boxes)
    axes.bxp(boxes, showfliers=False, orientation="horizontal" if lying else "vertical")
    if lying:
        axes.invert_yaxis()


def _box(words: str, numbers: dict[str, float]) -> dict[str, Any] | None:
    quantiles = {label: number for label, number in numbers.items() if re.fullmatch(_NUMBER, label)}
    drawable = {label: number for label, number in quantiles.items() if not math.isnan(number)}
    if not {"0.25", "0.5", "0.75"} <= drawable.keys():
        return None
    ends = list(drawable.values())
    return {
        "label": words,
        "q1": drawable["0.25"],
        "med": drawable["0.5"],
        "q3": drawable["0.75"],
        "whislo": ends[0],
        "whishi": ends[-1],
    }


def draw_survival(axes: "Axes", shown: Shown) -> None:
    """A staircase for each group from one at the start; it stops where the table stops."""
    codes = [line[-1] for line in shown.table.columns]
    column = codes.index("survival") if "survival" in codes else 0
    curves: dict[str, tuple[list[float], list[float]]] = {}
    for row, line in enumerate(shown.table.rows):
        group = " / ".join(shown.rows[row].split(" / ")[:-1])
        times, shares = curves.setdefault(group, ([0.0], [1.0]))
        times.append(float(line[-1]))
        shares.append(shown.number(row, column))
    for style, (words, (times, shares)) in zip(_styles(), curves.items(), strict=False):
        axes.step(
            times, shares, where="post", label=words, color=style["color"], linestyle=style["linestyle"]
        )
    axes.set_ylim(0, 1.02)
    axes.set_xlabel(shown.table.heading(shown.table.row_names[-1], shown.language))
    _legend(axes, len(curves))


def draw_lorenz(axes: "Axes", shown: Shown) -> None:
    """The points of each curve between nothing and everything, and the line of equal shares."""
    groups = shown.groups()
    for style, (words, measures) in zip(_styles(), groups.items(), strict=False):
        points = {
            float(label[7:]): number for label, number in measures.items() if label.startswith("lorenz_")
        }
        points = {0.0: 0.0, **points, 1.0: 1.0}
        axes.plot(list(points), list(points.values()), label=words, markersize=4, **style)
    axes.plot([0, 1], [0, 1], color="#808080", linewidth=0.8)
    axes.set_xlabel(Text(nl="aandeel van de eenheden", en="share of the units").in_language(shown.language))
    axes.set_ylabel(Text(nl="aandeel van het totaal", en="share of the total").in_language(shown.language))
    _legend(axes, len(groups))


def draw_forest(axes: "Axes", shown: Shown) -> None:
    """A point with its 95 % interval for each coefficient."""
    codes = [line[-1] for line in shown.table.columns]
    centre, error = codes.index("coefficient"), codes.index("std_err")
    found = [
        (words, shown.number(row, centre), shown.number(row, error)) for row, words in enumerate(shown.rows)
    ]
    terms = [term for term in found if not math.isnan(term[1])]
    places = range(len(terms), 0, -1)
    spread = [0.0 if math.isnan(term[2]) else NORMAL_95 * term[2] for term in terms]
    axes.errorbar(
        [term[1] for term in terms], list(places), xerr=spread, fmt="o", color=COLOURS[0], capsize=3
    )
    axes.axvline(0, color="#808080", linewidth=0.8)
    axes.set_yticks(list(places), [term[0] for term in terms])


def draw_tiles(axes: "Axes", shown: Shown) -> None:
    """A tile for each row in the order of its public list, shaded by the first column, with its number."""
    numbers = shown.column(0)
    known = [number for number in numbers if not math.isnan(number)]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    side = math.ceil(math.sqrt(len(numbers)))
    for place, (words, number) in enumerate(zip(shown.rows, numbers, strict=True)):
        down, right = divmod(place, side)
        _tile(axes, (right, -down), words, number, (number - low) / (high - low) if high > low else 0.5)
    axes.set_xlim(-0.5, side - 0.5)
    axes.set_ylim(-math.ceil(len(numbers) / side) + 0.5, 0.5)
    axes.set_aspect("equal")
    axes.axis("off")


def _tile(axes: "Axes", at: tuple[int, int], words: str, number: float, shade: float) -> None:
    from matplotlib.patches import Rectangle

    absent = math.isnan(number)
    colour = (0.95, 0.95, 0.95) if absent else (0.87 - 0.87 * shade, 0.92 - 0.47 * shade, 0.97 - 0.27 * shade)
    corner = (at[0] - 0.47, at[1] - 0.47)
    axes.add_patch(
        Rectangle(corner, 0.94, 0.94, facecolor=colour, edgecolor="#4d4d4d", hatch="//" if absent else "")
    )
    lines = textwrap.wrap(words, TILE_LETTERS)[:3]
    text = "\n".join(lines if absent else [*lines, f"{number:.4g}"])
    dark = not absent and shade > 0.5
    axes.text(*at, text, ha="center", va="center", fontsize="x-small", color="white" if dark else "black")


MARKS: dict[str, Callable[["Axes", Shown], None]] = {
    "bar": draw_bars,
    "line": draw_lines,
    "map": draw_tiles,
    "histogram": draw_histogram,
    "box": draw_boxes,
    "forest": draw_forest,
    "survival": draw_survival,
    "lorenz": draw_lorenz,
}


def _are_long(names: Iterable[str]) -> bool:
    """Whether names would overlap side by side."""
    return sum(map(len, names)) > MAX_LETTERS


def _legend(axes: "Axes", lines: int) -> None:
    """Told apart only where there is something to tell apart."""
    if lines > 1:
        axes.legend(fontsize="small")
