"""Verifying an exported chain offline: every way of tampering is caught, at the first link that it breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.audit import verify
from api.audit.chain import CHANGED, DETACHED, GENESIS, Link, canonical, link
from api.audit.heads import SignedHead, is_signed, sign_head
from api.audit.verify import read_export, verify_anchor, verify_chain, verify_export
from api.db import now
from api.release.record import make_receipt, sha256, sign, verify_receipt

KEY = Ed25519PrivateKey.generate()
OTHER_KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw().hex()
LENGTH = 8
Line = dict[str, Any]
Tampering = Callable[[list[Line]], None]


def make_links(length: int, word: str = "done") -> list[Link]:
    links, previous = [], GENESIS
    for seq in range(1, length + 1):
        document = canonical({"seq": seq, "because": word})
        links.append(Link(seq, document, previous, link(previous, document)))
        previous = links[-1].hash
    return links


def head_of(links: list[Link], key: Ed25519PrivateKey = KEY) -> SignedHead:
    return sign_head(key, len(links), links[-1].hash, now())


def lines_of(links: list[Link]) -> list[Line]:
    return [
        {"seq": one.seq, "document": one.document, "previous_hash": one.previous_hash, "hash": one.hash}
        for one in links
    ]


def make_export(length: int = LENGTH) -> list[Line]:
    links = make_links(length)
    return [*lines_of(links), {"head": head_of(links).document()}]


def written(path: Path, lines: list[Any]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def rehash_from(lines: list[Line], number: int) -> None:
    """Write records anew from `number` on, so that they follow from each other again."""
    previous = lines[number - 2]["hash"] if number > 1 else GENESIS
    for seq, line in enumerate(lines[number - 1 : -1], number):
        line.update(seq=seq, previous_hash=previous, hash=link(previous, line["document"]))
        previous = line["hash"]


def change(lines: list[Line]) -> None:
    lines[3]["document"] = lines[3]["document"].replace("done", "nothing")


def change_with_its_hash(lines: list[Line]) -> None:
    change(lines)
    lines[3]["hash"] = link(lines[3]["previous_hash"], lines[3]["document"])


def change_with_all_hashes(lines: list[Line]) -> None:
    change(lines)
    rehash_from(lines, 4)


def change_the_last_with_its_hash(lines: list[Line]) -> None:
    lines[-2]["document"] = lines[-2]["document"].replace("done", "nothing")
    rehash_from(lines, LENGTH)


def remove(lines: list[Line]) -> None:
    del lines[3]


def remove_the_first(lines: list[Line]) -> None:
    del lines[0]


def remove_and_renumber(lines: list[Line]) -> None:
    del lines[3]
    rehash_from(lines, 4)


def swap(lines: list[Line]) -> None:
    lines[3], lines[4] = lines[4], lines[3]


def swap_and_renumber(lines: list[Line]) -> None:
    lines[3]["document"], lines[4]["document"] = lines[4]["document"], lines[3]["document"]
    rehash_from(lines, 4)


def insert(lines: list[Line]) -> None:
    lines.insert(3, dict(lines[2]))


def insert_and_renumber(lines: list[Line]) -> None:
    lines.insert(3, dict(lines[2]))
    rehash_from(lines, 4)


def cut_the_tail(lines: list[Line]) -> None:
    del lines[-3:-1]


def cut_the_tail_and_the_head(lines: list[Line]) -> None:
    del lines[-3:]


def add_after_the_head_was_signed(lines: list[Line]) -> None:
    lines.insert(-1, dict(lines[-2]))
    rehash_from(lines, LENGTH + 1)


def forge_the_head(lines: list[Line]) -> None:
    cut_the_tail(lines)
    lines[-1]["head"].update(seq=LENGTH - 2, hash=lines[-2]["hash"])


def sign_the_head_with_another_key(lines: list[Line]) -> None:
    change_with_all_hashes(lines)
    head = sign_head(OTHER_KEY, LENGTH, lines[-2]["hash"], now())
    lines[-1] = {"head": head.document()}


def garble_a_line(lines: list[Line]) -> None:
    lines[3] = {"seq": "4"}


def say_the_number_in_words(lines: list[Line]) -> None:
    lines[3]["seq"] = "4"


def put_the_head_first(lines: list[Line]) -> None:
    lines.insert(0, lines.pop())


def spoil_the_head(lines: list[Line]) -> None:
    lines[-1]["head"]["seq"] = True


@pytest.mark.parametrize(
    ("tamper", "broken_at"),
    [
        (change, 4),
        (change_with_its_hash, 5),
        (change_with_all_hashes, LENGTH),
        (change_the_last_with_its_hash, LENGTH),
        (remove, 4),
        (remove_the_first, 1),
        (remove_and_renumber, LENGTH),
        (swap, 4),
        (swap_and_renumber, LENGTH),
        (insert, 4),
        (insert_and_renumber, LENGTH),
        (cut_the_tail, LENGTH - 1),
        (cut_the_tail_and_the_head, LENGTH - 1),
        (add_after_the_head_was_signed, LENGTH + 1),
        (forge_the_head, LENGTH - 2),
        (sign_the_head_with_another_key, LENGTH),
        (garble_a_line, 4),
        (say_the_number_in_words, 4),
        (put_the_head_first, 1),
        (spoil_the_head, LENGTH + 1),
    ],
)
def test_tampering_is_found_at_the_first_broken_link(
    tmp_path: Path, tamper: Tampering, broken_at: int
) -> None:
    lines = make_export()
    tamper(lines)
    broken = verify_export(written(tmp_path / "audit.jsonl", lines), PUBLIC).broken
    assert broken is not None
    assert broken.seq == broken_at
    assert broken.problem.nl != broken.problem.en


def test_the_problem_is_said_in_words(tmp_path: Path) -> None:
    problems = {}
    for tamper in (change, change_with_its_hash, cut_the_tail, forge_the_head, remove):
        lines = make_export()
        tamper(lines)
        broken = verify_export(written(tmp_path / "audit.jsonl", lines), PUBLIC).broken
        problems[tamper] = broken.problem if broken else None
    assert problems[change] == CHANGED
    assert problems[change_with_its_hash] == DETACHED
    assert problems[forge_the_head] == verify.FORGED_HEAD
    assert (problems[cut_the_tail] or CHANGED).en == f"The end is missing: records {LENGTH - 1} to {LENGTH}."
    assert "Record 5 stands here instead of 4" in (problems[remove] or CHANGED).en


def test_a_whole_export_holds_with_and_without_a_key_at_hand(tmp_path: Path) -> None:
    path = written(tmp_path / "audit.jsonl", make_export())
    for public_key in (PUBLIC, None):
        result = verify_export(path, public_key)
        assert result.broken is None
        assert result.records == LENGTH
        assert result.head is not None
        assert result.head.seq == LENGTH


def test_a_chain_signed_anew_by_another_key_holds_only_for_who_has_no_key(tmp_path: Path) -> None:
    lines = make_export()
    sign_the_head_with_another_key(lines)
    path = written(tmp_path / "audit.jsonl", lines)
    assert verify_export(path).broken is None
    broken = verify_export(path, PUBLIC).broken
    assert broken is not None
    assert broken.problem == verify.FOREIGN_HEAD


def test_a_head_kept_elsewhere_catches_who_rewrites_the_chain_with_the_right_key(tmp_path: Path) -> None:
    kept = head_of(make_links(5))
    rewritten = make_links(LENGTH, "something else")
    lines = [*lines_of(rewritten), {"head": head_of(rewritten).document()}]
    path = written(tmp_path / "audit.jsonl", lines)
    assert verify_export(path, PUBLIC).broken is None
    broken = verify_export(path, PUBLIC, [kept]).broken
    assert broken is not None
    assert (broken.seq, broken.problem) == (5, verify.REWRITTEN)
    honest = written(tmp_path / "honest.jsonl", make_export())
    assert verify_export(honest, PUBLIC, [kept]).broken is None


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', "null", "\x00", "[" * 100_000, '{"head": 3}'])
def test_what_is_no_export_is_not_found_to_hold(tmp_path: Path, content: str) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_text(content)
    result = verify_export(path, PUBLIC)
    assert result.records == 0
    assert result.broken is not None
    assert result.broken.seq == 1


def test_a_document_that_is_no_text_cannot_be_read(tmp_path: Path) -> None:
    lines = make_export()
    lines[2]["document"] = "\ud800"
    broken = verify_export(written(tmp_path / "audit.jsonl", lines), PUBLIC).broken
    assert broken is not None
    assert broken.seq == 3


def test_a_change_before_an_unreadable_line_is_named_first(tmp_path: Path) -> None:
    lines = make_export()
    change(lines)
    lines[5] = {}
    broken = verify_export(written(tmp_path / "audit.jsonl", lines), PUBLIC).broken
    assert broken is not None
    assert (broken.seq, broken.problem) == (4, CHANGED)


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 9},
        {"hash": "0" * 64},
        {"at": "2020-01-01T00:00:00+00:00"},
        {"public_key": OTHER_KEY.public_key().public_bytes_raw().hex()},
        {"public_key": "zz"},
        {"public_key": "00"},
        {"signature": "00"},
        {"signature": "not hex"},
    ],
)
def test_every_part_of_a_head_is_signed(change: dict[str, Any]) -> None:
    document = head_of(make_links(LENGTH)).document()
    assert is_signed(SignedHead.from_document(document))
    assert not is_signed(SignedHead.from_document(document | change))


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"format": "other"},
        {"seq": None},
        {"seq": 1.5},
        {"seq": True},
        {"hash": 3},
        {"more": "x"},
    ],
)
def test_what_is_no_head_is_not_read_as_one(document: Any) -> None:
    whole = head_of(make_links(1)).document()
    wrong = whole | document if isinstance(document, dict) and document else document
    with pytest.raises(ValueError, match="not a signed head"):
        SignedHead.from_document(wrong)


def test_a_head_before_the_first_record_fits_no_chain() -> None:
    links = make_links(3)
    broken = verify_chain(links, [sign_head(KEY, 0, links[-1].hash, now())])
    assert broken is not None
    assert broken.problem == verify.REWRITTEN


def test_a_release_is_found_in_the_chain_or_not(tmp_path: Path) -> None:
    content = b"sex;persons\nF;20\n"
    record = canonical({"files": [{"name": "table.csv", "sha256": sha256(content)}]})
    links = make_links(3)
    told = canonical({"seq": 4, "details": {"record_sha256": sha256(record.encode())}})
    links.append(Link(4, told, links[-1].hash, link(links[-1].hash, told)))
    anchor = lines_of(links)[-1]
    receipt = make_receipt(record, sign(record, KEY), KEY.public_key(), anchor)
    assert verify_receipt(receipt, {"table.csv": content}, PUBLIC) is None
    path = written(tmp_path / "audit.jsonl", [*lines_of(links), {"head": head_of(links).document()}])
    exported = read_export(path)
    assert verify_chain(exported.links, [], PUBLIC) is None
    assert verify_anchor(receipt, exported.links) is None
    for elsewhere in (make_links(3), make_links(LENGTH)):
        assert verify_anchor(receipt, elsewhere) == verify.UNKNOWN_RECORD
    receipt["audit"]["seq"] = 0
    assert verify_anchor(receipt, exported.links) == verify.UNKNOWN_RECORD


def test_any_single_change_anywhere_is_found_where_it_is() -> None:
    links = make_links(40)
    head = head_of(links)
    assert verify_chain(links, [head], PUBLIC) is None
    foreign = make_links(41, "another")[-1]
    for place in range(40):
        changed = replace(links[place], document=links[place].document + " ")
        for spoiled in (
            [*links[:place], changed, *links[place + 1 :]],
            [*links[:place], *links[place + 1 :]],
            [*links[:place], foreign, *links[place:]],
        ):
            broken = verify_chain(spoiled, [head], PUBLIC)
            assert broken is not None
            assert broken.seq == place + 1
        for other in range(place + 1, 40):
            moved = list(links)
            moved[place], moved[other] = moved[other], moved[place]
            broken = verify_chain(moved, [head], PUBLIC)
            assert broken is not None
            assert broken.seq == place + 1
