"""Looking for what would make a table pass: hide cells, merge categories, leave a classification out.

A proposal is a query that was judged like any other, under the same policy: what the judge refuses no less than the
table as it is, is not proposed. It is built from what the verdict shows, and says no number that is not in a verdict.
The search is greedy and bounded by a number of judgements, so that the same table always gets the same proposals.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from output_checker.dataset import Dataset
from output_checker.engine import DEFAULT_LIMITS, Limits
from output_checker.errors import OutputCheckerError
from output_checker.judge import judge
from output_checker.kinds.table.query import TableQuery
from output_checker.policy import Policy
from output_checker.proposals import wording
from output_checker.proposals.merging import FEWEST, MOST_CATEGORIES, Merger, codes_of, objectionable, renamed
from output_checker.protection.suppression import suppressed
from output_checker.query import Query
from output_checker.rules.threshold import Threshold
from output_checker.text import Text
from output_checker.verdict import Outcome, Verdict

ROUNDS = 3
"""Judgements while merging categories."""

LEVELS = 2
"""Coarser levels of the catalogue that are tried."""

MERGED = 2
"""Classifications of which categories are merged, one after the other until one passes."""

LEFT_OUT = 3
"""Classifications of which one is left out."""

MOST_WORK = 30_000
"""Cells of a table times those that fail, up to which cells to hide are looked for unasked: some seconds."""

SECONDS = 20.0
"""Wall time of one judgement."""

MOST_JUDGED = 15
"""Judgements for the proposals of one table."""

MOST_ROWS = 2_000_000
"""Rows of microdata with which proposals are looked for unasked."""

_RANKS = {Outcome.PASS: 0, Outcome.REVIEW: 1, Outcome.FAIL: 2}


@dataclass(frozen=True)
class Proposal:
    """A table instead of one that does not pass: what it does, its query, and the verdict that proves it.

    ``placeless`` is what it does without a word about where in the table anything is wrong.
    """

    does: Text
    query: TableQuery
    verdict: Verdict
    placeless: Text

    @property
    def words(self) -> Text:
        """What it does and what comes of it, in one line."""
        return self._with_outcome(self.does)

    @property
    def words_outside(self) -> Text:
        """The same, fit for people who may not see the table: numbers of cells, and no place."""
        return self._with_outcome(self.placeless)

    def _with_outcome(self, does: Text) -> Text:
        then = wording.then(self.verdict)
        return Text(nl=f"{does.nl}: {then.nl}", en=f"{does.en}: {then.en}")

    def changes(self, query: Query) -> dict[str, Any]:
        """The fields in which its query differs from another, as they are written in a document."""
        ours, theirs = (one.model_dump(mode="json") for one in (self.query, query))
        return {name: value for name, value in ours.items() if value != theirs[name]}


def propose(
    query: Query, verdict: Verdict, dataset: Dataset, policy: Policy, limits: Limits = DEFAULT_LIMITS
) -> tuple[Proposal, ...]:
    """At most three proposals for a table that does not pass; none for one that does, or for anything else.

    ``verdict`` is that of ``query`` on this dataset under this policy.
    """
    if verdict.outcome is Outcome.PASS or not isinstance(query, TableQuery):
        return ()
    bounded = replace(limits, seconds=min(limits.seconds, SECONDS))
    search = _Search(query, verdict, dataset, policy, bounded)
    found = (search.hiding(), search.merging(), search.leaving_out())
    return tuple(proposal for proposal in found if proposal)


@dataclass(frozen=True)
class _Search:
    query: TableQuery
    verdict: Verdict
    dataset: Dataset
    policy: Policy
    limits: Limits

    def hiding(self) -> Proposal | None:
        """The failing cells hidden, and as many others as protect them."""
        cells = self.verdict.table.cells
        if len(cells) * sum(cell.status == "fail" for cell in cells) > MOST_WORK:
            return None
        try:
            hidden = suppressed(self.query, self.dataset, self.policy, self.limits)
        except OutputCheckerError:
            return None
        if hidden.hide in ((), self.query.hide):
            return None
        found = self._judged(wording.hides(self.verdict, len(hidden.hide)), {"hide": hidden.hide})
        return self._best(one for one in found if _shown(one.verdict))

    def merging(self) -> Proposal | None:
        """A coarser level of a classification, else its categories merged; first where the fewest are to mend."""
        table, names = self.verdict.table, self.query.classifications
        mending = {name: len(objectionable(table, name)) for name in names}
        possible = [name for name in names if mending[name] and len(codes_of(table, name)) > FEWEST]
        found: list[Proposal] = []
        for name in sorted(possible, key=lambda one: mending[one])[:MERGED]:
            for way in (self._coarser, self._merged):
                found += way(name)
                if any(map(_passes, found)):
                    return self._best(found)
        return self._best(found)

    def leaving_out(self) -> Proposal | None:
        """Without the classification, of the last ones, whose absence helps most."""
        names = self.query.classifications
        tried = (names if len(names) > 1 else ())[-LEFT_OUT:]
        return self._best(
            one
            for name in reversed(tried)
            for one in self._judged(wording.leaves_out(self._heading(name)), renamed(self.query, name, None))
        )

    def _coarser(self, name: str) -> Iterator[Proposal]:
        variable = self.dataset.visible.columns.get(name)
        levels = (
            [one for one in variable.groupings if one not in self.query.classifications] if variable else []
        )
        for level in levels[:LEVELS]:
            does = wording.coarsens(self._heading(name), self._heading(level))
            yield from self._judged(does, renamed(self.query, name, level))

    def _merged(self, name: str) -> Iterator[Proposal]:
        """Rounds of merging and judging, each of which mends what still failed in the one before."""
        if len(codes_of(self.verdict.table, name)) > MOST_CATEGORIES:
            return
        merger = Merger(self.query, self.verdict.table, name, self.dataset.visible, self._least)
        bad = objectionable(self.verdict.table, name)
        failing = [group for group in merger.groups if group[0] in bad]
        if merger.derived in self.query.derive:
            return
        for _ in range(ROUNDS):
            if not merger.merge(failing):
                return
            heading = self._heading(name)
            does, placeless = wording.merges(heading, merger.words()), wording.merges_some(heading)
            found = self._judged(does, merger.query(), placeless)
            yield from found
            labels = merger.labels()
            still = [code for one in found for code in objectionable(one.verdict.table, merger.derived)]
            failing = [labels[code] for code in still if code in labels]

    @property
    def _least(self) -> int:
        rule = self.policy.rules.get(Threshold.id)
        return rule.minimum_units if isinstance(rule, Threshold) and rule.enabled else 1

    def _heading(self, name: str) -> Text:
        return self.dataset.visible.heading(name)

    def _judged(
        self, does: Text, changes: Mapping[str, object], placeless: Text | None = None
    ) -> list[Proposal]:
        """The table with these changes, judged; cells to hide were those of the old one. Nothing if it makes no sense."""
        asked = self.query.model_dump(mode="json", exclude_defaults=True)
        try:
            query = TableQuery.parse({**asked, "hide": (), **changes})
            verdict = judge(query, self.dataset, self.policy, self.limits)
            return [Proposal(does, query, verdict, placeless or does)]
        except OutputCheckerError:
            return []

    def _best(self, found: Iterable[Proposal]) -> Proposal | None:
        """The one that the judge objects to least, of equals the one that shows most; none that is not better."""
        better = (one for one in found if _badness(one.verdict) < _badness(self.verdict))
        return min(better, key=lambda one: (_badness(one.verdict), -_shown(one.verdict)), default=None)


def _passes(proposal: Proposal) -> bool:
    return proposal.verdict.outcome is Outcome.PASS


def _shown(verdict: Verdict) -> int:
    """The numbers that can leave, at once or after people judged them."""
    return sum(cell.status in ("pass", "review") for cell in verdict.table.cells)


def _badness(verdict: Verdict) -> tuple[int, int]:
    """How far from passing: the outcome, then the cells that are objected to."""
    return _RANKS[verdict.outcome], sum(cell.status in ("fail", "review") for cell in verdict.table.cells)
