"""A judged table for who may review it, one output at a time; long ones are kept at hand while somebody reads on.

Reading a verdict of 100,000 cells takes most of a second, turning a page of it a few milliseconds.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import NotFoundError
from api.people.models import Person
from api.requests.models import Output, OutputRequest
from api.requests.queries import find_request
from api.requests.verdicts import verdict_of
from api.review.permissions import check_user_can_review
from output_checker.text import Text
from output_checker.verdict import Verdict

_MOST_KEPT: Final = 2
"""A verdict of 100,000 cells takes some 100 MB."""
Key = tuple[str, int, dt.datetime | None]


@dataclass
class KeptVerdicts:
    """The verdicts that were read last, by what they are about; a verdict never changes."""

    _kept: OrderedDict[Key, Verdict] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Key, read: Callable[[], Verdict | None]) -> Verdict | None:
        """Return the verdict called `key`; `read` fetches it when it is not at hand."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        verdict = read()
        if verdict is not None:
            with self._lock:
                self._kept[key] = verdict
                while len(self._kept) > _MOST_KEPT:
                    self._kept.popitem(last=False)
        return verdict


_AT_HAND: Final = KeptVerdicts()


@dataclass(frozen=True)
class JudgedTable:
    """One output of a request with its verdict."""

    request: OutputRequest
    output: Output
    verdict: Verdict


def judged_table(session: Session, person: Person, number: str, position: int) -> JudgedTable:
    """Return the output at `position` (1 is the first) of the present round of request `number`.

    Raises NotFoundError (no such request for `person`, no such output, not judged) or NotAllowedError (every reason
    why `person` may not review it).
    """
    request = find_request(session, person, number)
    check_user_can_review(session, person, request)
    output = session.scalar(
        select(Output).where(
            Output.request_id == request.id, Output.round == request.round, Output.position == position
        )
    )
    verdict = verdict_at_hand(session, output) if output and not output.is_file else None
    if output is None or verdict is None:
        raise NotFoundError(
            "no_table",
            Text(
                "Deze aanvraag heeft die tabel niet, of nog niet.",
                "This request does not have that table, or not yet.",
            ),
        )
    return JudgedTable(request, output, verdict)


def verdict_at_hand(session: Session, output: Output) -> Verdict | None:
    """Return the verdict of an output for who reads on and on, or None when it was not judged yet."""
    key = (str(session.get_bind().engine.url), output.id, output.judged_at)
    return _AT_HAND.get(key, lambda: verdict_of(output))
