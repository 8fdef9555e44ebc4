"""Inspection in a process of its own: the same answer, and a refusal when the process comes to grief."""

from __future__ import annotations

import io
import resource
import sys
from pathlib import Path

import pytest

from output_checker.files import apart
from output_checker.files.apart import Means, inspect_apart, main
from output_checker.files.inspection import Inspection, inspect_file
from output_checker.files.limits import MIB, FileLimits
from output_checker.verdict import Outcome
from tests.output_checker.files.hostile import HOSTILE
from tests.output_checker.files.makers import BENIGN, png_with_text


def stored(directory: Path, content: bytes) -> Path:
    path = directory / "content"
    path.write_bytes(content)
    return path


def rules(found: Inspection) -> list[str]:
    return [finding.rule for finding in found.findings]


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, tuple[int, int]]]:
    """Run the inspection in this process instead, and keep which limits it would have."""
    limited: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda kind, most: limited.append((kind, most)))
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def run(order: apart._Order) -> bool:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(order.model_dump_json().encode())))
        main()
        return True

    monkeypatch.setattr(apart, "_run", run)
    return limited


@pytest.mark.parametrize("name", ["tabel.xlsx", "figuur.png", "analyse.ipynb"])
def test_it_answers_as_in_this_process(tmp_path: Path, beside: list[object], name: str) -> None:
    assert inspect_apart(name, stored(tmp_path, BENIGN[name])) == inspect_file(name, BENIGN[name])


def test_a_refused_file_is_told_too(tmp_path: Path, beside: list[object]) -> None:
    name, content, expected = HOSTILE["pickle"]
    assert set(rules(inspect_apart(name, stored(tmp_path, content)))) == expected


def test_it_gives_up_memory_time_and_disk(tmp_path: Path, beside: list[tuple[int, tuple[int, int]]]) -> None:
    inspect_apart("a.txt", stored(tmp_path, b"tekst"), means=Means(memory_bytes=7, seconds=0.2))
    assert (resource.RLIMIT_AS, (7, 7)) in beside
    assert (resource.RLIMIT_CPU, (1, 1)) in beside
    assert {kind for kind, _ in beside} >= {
        resource.RLIMIT_FSIZE,
        resource.RLIMIT_CORE,
        resource.RLIMIT_NOFILE,
    }


@pytest.mark.parametrize(("given", "kept"), [(5, 5), (resource.RLIM_INFINITY, 7)])
def test_it_never_asks_for_more_than_it_was_given(
    tmp_path: Path,
    beside: list[tuple[int, tuple[int, int]]],
    monkeypatch: pytest.MonkeyPatch,
    given: int,
    kept: int,
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (given, given))
    inspect_apart("a.txt", stored(tmp_path, b"tekst"), means=Means(memory_bytes=7))
    assert (resource.RLIMIT_AS, (kept, kept)) in beside


def test_a_process_of_its_own_reads_a_picture(tmp_path: Path) -> None:
    content = png_with_text("geheim")
    assert inspect_apart("a.png", stored(tmp_path, content)) == inspect_file("a.png", content)


def test_too_little_memory_refuses_the_file(tmp_path: Path) -> None:
    found = inspect_apart("a.txt", stored(tmp_path, b"tekst"), means=Means(memory_bytes=30 * MIB))
    assert (found.outcome, rules(found), found.leaving) == (Outcome.FAIL, ["not_inspected"], None)


def test_too_little_time_refuses_the_file(tmp_path: Path) -> None:
    found = inspect_apart("a.txt", stored(tmp_path, b"tekst"), means=Means(seconds=0.01))
    assert rules(found) == ["not_inspected"]


def test_what_is_larger_than_any_kind_is_not_even_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "_run", lambda _: pytest.fail("it was read"))
    path = tmp_path / "zeros.txt"
    with path.open("wb") as file:
        file.truncate(200 * MIB)
    assert rules(inspect_apart("zeros.txt", path)) == ["file_too_large"]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"report.json": "{"},
        {"report.json": '{"report": {}, "findings": []}'},
    ],
)
def test_a_process_that_talks_nonsense_refuses_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: dict[str, str]
) -> None:
    def talk(order: apart._Order) -> bool:
        for name, words in said.items():
            (order.directory / name).write_text(words)
        return True

    monkeypatch.setattr(apart, "_run", talk)
    assert rules(inspect_apart("a.txt", stored(tmp_path, b"tekst"))) == ["not_inspected"]


def answer_of(order: apart._Order, name: str, content: bytes, leaving: bytes) -> bool:
    found = inspect_file(name, content)
    answer = apart._Answer(report=found.report, findings=found.findings, shown=found.shown)
    (order.directory / "report.json").write_text(answer.model_dump_json())
    (order.directory / "leaving").write_bytes(leaving)
    return True


def test_a_process_that_was_taken_over_cannot_swap_the_bytes_of_a_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "_run", lambda order: answer_of(order, "a.txt", b"tekst", b"geheim"))
    assert inspect_apart("a.txt", stored(tmp_path, b"tekst")).leaving == b"tekst"


def test_an_answer_about_another_file_refuses_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "_run", lambda order: answer_of(order, "a.txt", b"anders", b"anders"))
    assert rules(inspect_apart("a.txt", stored(tmp_path, b"tekst"))) == ["not_inspected"]


def test_limits_can_be_set(tmp_path: Path, beside: list[object]) -> None:
    limits = FileLimits(text_bytes=3)
    assert rules(inspect_apart("a.txt", stored(tmp_path, b"tekst"), limits)) == ["file_too_large"]
