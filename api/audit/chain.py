"""The hash chain itself: pure functions on documents, used to write, to verify and to check an export offline."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from output_checker.text import Text

GENESIS = "0" * 64


def canonical(document: dict[str, Any]) -> str:
    """Return `document` as JSON with sorted keys and no spaces, so that equal documents have equal bytes."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def link(previous_hash: str, document: str) -> str:
    """Return sha256 (64 hex digits) of the previous hash and the document."""
    return hashlib.sha256(f"{previous_hash}\n{document}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Link:
    """One record as it stands in an export."""

    seq: int
    document: str
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first place where a chain does not hold, and what is wrong there."""

    seq: int
    problem: Text


def first_broken(links: Iterable[Link], after: Link | None = None) -> BrokenLink | None:
    """Return the first broken link of a chain, or None when it holds.

    It starts at its first record, or right after the record `after`, which is known to hold.
    """
    expected_seq, previous = (after.seq + 1, after.hash) if after else (1, GENESIS)
    for item in links:
        if item.seq != expected_seq:
            return BrokenLink(expected_seq, _misplaced(item.seq, expected_seq))
        if item.previous_hash != previous:
            return BrokenLink(item.seq, DETACHED)
        if item.hash != link(previous, item.document):
            return BrokenLink(item.seq, CHANGED)
        expected_seq, previous = item.seq + 1, item.hash
    return None


DETACHED = Text(
    nl="Sluit niet aan op de vorige regel: die is vervangen.",
    en="Does not follow from the record before it: that one was replaced.",
)
CHANGED = Text(nl="De inhoud is gewijzigd.", en="Its content was changed.")


def _misplaced(found: int, expected: int) -> Text:
    return Text(
        nl=f"Hier staat regel {found} in plaats van {expected}: er is iets weggehaald, ingevoegd of verplaatst.",
        en=f"Record {found} stands here instead of {expected}: one was removed, inserted or moved.",
    )
