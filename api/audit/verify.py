"""Proving an audit chain, offline: no database, no settings, only files and a public key.

    result = verify_export(Path("audit.jsonl"), public_key=key)     # key: hex, as the service publishes it
    result.broken                                                   # None, or the first link that does not hold

An export is one JSON document per line: the records in order, then one signed head.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.audit.chain import BrokenLink, Link, first_broken
from api.audit.heads import SignedHead, is_signed
from output_checker.text import Text

NO_HEAD = Text(
    nl="Er is geen ondertekend slot: of er aan het eind iets ontbreekt, is niet te zien.",
    en="There is no signed head: whether the end is missing cannot be seen.",
)
FORGED_HEAD = Text(
    nl="De handtekening onder het slot klopt niet.", en="The signature of the head does not hold."
)
FOREIGN_HEAD = Text(
    nl="Het slot is met een andere sleutel ondertekend.", en="The head was signed with another key."
)
REWRITTEN = Text(
    nl="De keten is herschreven: hier stond eerder een andere regel.",
    en="The chain was rewritten: another record stood here before.",
)
UNREADABLE = Text(nl="Deze regel is niet te lezen.", en="This line cannot be read.")
UNKNOWN_RECORD = Text(
    nl="De vrijgave staat niet in deze keten.", en="The release does not stand in this chain."
)


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: how many records, the head they were held against, and the first broken link (None: it holds)."""

    records: int
    head: SignedHead | None
    broken: BrokenLink | None


@dataclass(frozen=True, slots=True)
class Export:
    """What could be read of an export; `unreadable` is the number of the first line that could not."""

    links: list[Link]
    head: SignedHead | None
    unreadable: int | None


def verify_export(
    path: Path, public_key: str | None = None, kept_heads: Iterable[SignedHead] = ()
) -> Verification:
    """Verify an exported chain, its head, and the heads that somebody kept from before.

    Without `public_key` (hex) it is only shown that the export is whole, not whose it is. Raises OSError.
    """
    export = read_export(path)
    heads = [*kept_heads, *([export.head] if export.head else [])]
    broken = verify_chain(export.links, heads, public_key)
    if export.unreadable is not None:
        unreadable = BrokenLink(export.unreadable, UNREADABLE)
        broken = unreadable if broken is None or broken.seq >= unreadable.seq else broken
    elif broken is None and export.head is None:
        broken = BrokenLink(len(export.links) + 1, NO_HEAD)
    elif broken is None and export.head is not None and export.head.seq < len(export.links):
        broken = _uncovered(export.head, len(export.links))
    return Verification(len(export.links), export.head, broken)


def verify_chain(
    links: Sequence[Link], heads: Iterable[SignedHead], public_key: str | None = None
) -> BrokenLink | None:
    """Return the first link that does not hold, in itself or against one of `heads`; None when all hold."""
    broken = first_broken(links)
    problems = [broken] if broken else []
    problems += [found for head in heads if (found := _against(head, links, public_key)) is not None]
    return min(problems, key=lambda problem: problem.seq, default=None)


def _against(head: SignedHead, links: Sequence[Link], public_key: str | None) -> BrokenLink | None:
    if public_key is not None and head.public_key != public_key:
        return BrokenLink(head.seq, FOREIGN_HEAD)
    if not is_signed(head):
        return BrokenLink(head.seq, FORGED_HEAD)
    if head.seq > len(links):
        return BrokenLink(len(links) + 1, _cut(len(links) + 1, head.seq))
    if head.seq < 1 or links[head.seq - 1].hash != head.hash:
        return BrokenLink(head.seq, REWRITTEN)
    return None


def _cut(first: int, last: int) -> Text:
    return Text(
        nl=f"Het eind ontbreekt: regel {first} tot en met {last}.",
        en=f"The end is missing: records {first} to {last}.",
    )


def _uncovered(head: SignedHead, last: int) -> BrokenLink:
    text = Text(
        nl=f"Regel {head.seq + 1} tot en met {last} staan na het ondertekende slot.",
        en=f"Records {head.seq + 1} to {last} stand after the signed head.",
    )
    return BrokenLink(head.seq + 1, text)


def read_export(path: Path) -> Export:
    """Read an export as far as it can be read.

    Raises OSError.
    """
    links: list[Link] = []
    head: SignedHead | None = None
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                document = json.loads(line)
                if head is not None:
                    raise ValueError("something follows the head")
                if "head" in document:
                    head = SignedHead.from_document(document["head"])
                else:
                    links.append(_link(document))
            except (ValueError, TypeError, KeyError, RecursionError):
                return Export(links, head, number)
    return Export(links, head, None)


def _link(document: Any) -> Link:
    seq, texts = document["seq"], [document[name] for name in ("document", "previous_hash", "hash")]
    if type(seq) is not int or not all(isinstance(text, str) for text in texts):
        raise ValueError("not a record")
    "".join(texts).encode()  # half a surrogate pair is no text, and cannot have been hashed
    return Link(seq, *texts)


def verify_anchor(receipt: dict[str, Any], links: Sequence[Link]) -> Text | None:
    """Return what is wrong with the place of a release in a verified chain, or None when it stands there.

    `receipt` is one that api.release.record.verify_receipt found to hold.
    """
    seq, hash_ = receipt["audit"]["seq"], receipt["audit"]["hash"]
    stands = 1 <= seq <= len(links) and links[seq - 1].hash == hash_
    return None if stands else UNKNOWN_RECORD


def revoked_in(links: Sequence[Link], record_sha256: str) -> str | None:
    """Return why the release with this record was revoked, as a verified chain tells, or None when it does not."""
    for link in links:
        told = json.loads(link.document)
        if told["action"] == "release.revoke" and told["details"].get("record_sha256") == record_sha256:
            return str(told["because"])
    return None
