"""What would do instead of a table that does not pass: looked for after the verdict, and shown when it is there.

As with judging, what is to be done is written down (`searches_of`), done (`ways_out`: knows no database, so that it can
run apart), and kept (`keep_ways_out`). A researcher gets the same proposals in the notebook, where they may see them
whole; what leaves the workplace tells no place in a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from pydantic import TypeAdapter
from sqlalchemy import delete
from sqlalchemy.orm import Session

from api.audit.service import SYSTEM, record
from api.catalogue.copies import Copies
from api.db import Database
from api.requests.judging import Work, works_of
from api.requests.models import Output, OutputRequest, WayOut
from api.requests.verdicts import has_ways_out, verdict_digest, verdict_of
from api.settings import Settings
from output_checker.errors import OutputCheckerError
from output_checker.policy import load_policy
from output_checker.proposals.search import MOST_JUDGED, MOST_ROWS, propose
from output_checker.text import Text
from output_checker.verdict import Outcome, Verdict


@dataclass(frozen=True)
class Search:
    """One table that does not pass: the work of judging it, its verdict, and the sha256 of that."""

    work: Work
    verdict: Verdict
    verdict_sha256: str

    def on_copy(self, copies: Copies) -> Search:
        """Return the same search, on a copy of the microdata where there can be one."""
        return replace(self, work=self.work.on_copy(copies))

    @property
    def output(self) -> int:
        """The id of the output."""
        return self.work.outputs[0]

    @property
    def seconds(self) -> int:
        """Seconds of a processor that this may take."""
        return self.work.seconds * MOST_JUDGED

    @property
    def memory_bytes(self) -> int:
        """Bytes of memory that the engine may take for this."""
        return self.work.memory_bytes


@dataclass(frozen=True)
class Way:
    """A proposal: what it does for people inside and outside, what the judge says of it, and the fields that change."""

    does: Text
    outside: Text
    outcome: Outcome
    changes: dict[str, Any]


@dataclass(frozen=True)
class Found:
    """The proposals for each output, by its id."""

    ways: dict[int, tuple[Way, ...]]

    def to_json(self) -> bytes:
        """Return this as JSON."""
        return _FOUND.dump_json(self)

    @staticmethod
    def from_json(document: bytes) -> Found:
        """Read what `to_json` wrote; raises pydantic's ValidationError for anything else."""
        return _FOUND.validate_json(document)


_FOUND: TypeAdapter[Found] = TypeAdapter(Found)


def look_for_ways_out(database: Database, settings: Settings, request_id: int) -> None:
    """Look for what would do instead of the tables of a request that do not pass, and keep it."""
    with database.reading() as session:
        searches = searches_of(session, settings, request_id)
    found = ways_out(searches)
    with database.transaction() as session:
        keep_ways_out(session, searches, found)


def searches_of(session: Session, settings: Settings, request_id: int) -> list[Search]:
    """Return what is to be looked for, with so little time that all of it takes no longer than one judgement may."""
    request = session.get_one(OutputRequest, request_id)
    wanted = [
        output
        for output in request.outputs
        if has_ways_out(output) and output.dataset_version.rows <= MOST_ROWS
    ]
    searches = [search for output in wanted if (search := _search(settings, output))]
    return [_bounded(one, len(searches)) for one in searches]


def _search(settings: Settings, output: Output) -> Search | None:
    try:
        (work,) = works_of(settings, [output])
    except OutputCheckerError:
        # The project no longer sees these microdata: then nothing on them would do.
        return None
    # What `has_ways_out` says yes to is a query, and was judged.
    return Search(cast(Work, work), cast(Verdict, verdict_of(output)), verdict_digest(output))


def _bounded(search: Search, several: int) -> Search:
    limits = search.work.limits
    each = replace(limits, seconds=limits.seconds / (MOST_JUDGED * several))
    return replace(search, work=replace(search.work, limits=each))


def ways_out(searches: Sequence[Search]) -> Found:
    """Look for proposals, on microdata that are proven to be what was registered."""
    return Found({search.output: tuple(_ways(search)) for search in searches})


def keep_ways_out(session: Session, searches: Sequence[Search], found: Found) -> None:
    """Keep what was found for outputs whose verdict is still what it was; what was found before is replaced."""
    for search in searches:
        output = session.get_one(Output, search.output)
        if verdict_digest(output) == search.verdict_sha256:
            _keep(session, output, found.ways.get(output.id, ()))


def give_up_search(session: Session, request_id: int) -> None:
    """Leave a request as it is: its pages show no proposals."""


def _ways(search: Search) -> Iterator[Way]:
    work, (query,) = search.work, search.work.queries
    try:
        dataset = work.proven().dataset
        found = propose(query, search.verdict, dataset, load_policy(work.policy), work.limits)
    except (OutputCheckerError, MemoryError):
        return
    for one in found:
        yield Way(one.words, one.words_outside, one.verdict.outcome, one.changes(query))


def _keep(session: Session, output: Output, ways: Sequence[Way]) -> None:
    session.execute(delete(WayOut).where(WayOut.output_id == output.id))
    session.add_all(
        WayOut(
            output_id=output.id,
            place=place,
            does=way.does,
            outside=way.outside,
            outcome=way.outcome.value,
            changes=way.changes,
        )
        for place, way in enumerate(ways)
    )
    session.flush()
    number = f"request:{output.request.number}"
    record(
        session,
        SYSTEM,
        "output.propose",
        number,
        "what would do instead",
        output=output.position,
        ways=len(ways),
    )
