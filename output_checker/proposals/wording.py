"""What a proposal says: what changes, and what the judge says of that. Only numbers of cells, never what is in them."""

from output_checker.text import Text
from output_checker.verdict import Outcome, Verdict


def hides(verdict: Verdict, hidden: int) -> Text:
    """Cells are hidden: those that fail, and those that keep readers from working them out."""
    failing = sum(cell.status == "fail" for cell in verdict.table.cells)
    beside = max(hidden - failing, 0)
    if not beside:
        return Text(
            nl=f"Verberg de cellen die niet voldoen ({hidden})", en=f"Hide the failing cells ({hidden})"
        )
    return Text(
        nl=f"Verberg de cellen die niet voldoen ({failing}), en {beside} om ze te beschermen",
        en=f"Hide the failing cells ({failing}), and {beside} to protect them",
    )


def merges(heading: Text, groups: Text) -> Text:
    """Categories are taken together; the numbers are the labels that they get."""
    return Text(
        nl=f"Voeg categorieën van {heading.nl} samen ({groups.nl})",
        en=f"Merge categories of {heading.en} ({groups.en})",
    )


def merges_some(heading: Text) -> Text:
    """The same without saying which: they are where too few units are."""
    return Text(nl=f"Voeg categorieën van {heading.nl} samen", en=f"Merge categories of {heading.en}")


def coarsens(heading: Text, level: Text) -> Text:
    """A coarser level of the catalogue takes the place of a classification."""
    return Text(
        nl=f"Neem {level.nl} in plaats van {heading.nl}", en=f"Take {level.en} instead of {heading.en}"
    )


def leaves_out(heading: Text) -> Text:
    """A classification is left out."""
    return Text(nl=f"Laat {heading.nl} weg", en=f"Leave out {heading.en}")


def then(verdict: Verdict) -> Text:
    """What the judge says of the table that is proposed."""
    if verdict.outcome is Outcome.PASS:
        return Text(nl="dan is er volgens de regels geen bezwaar.", en="then the rules have no objection.")
    if verdict.outcome is Outcome.REVIEW:
        return Text(nl="dan beoordelen mensen het.", en="then people judge it.")
    failing = sum(cell.status == "fail" for cell in verdict.table.cells)
    return Text(
        nl=f"dan is het aantal cellen dat niet voldoet nog {failing}.",
        en=f"then the number of cells that still fail is {failing}.",
    )
