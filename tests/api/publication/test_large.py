"""The page of a large result: made once for many who ask, and gone as soon as it may not be shown."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from fastapi.testclient import TestClient

from api.publication import large, pages
from api.publication.large import KEPT_SECONDS, KeptPages
from tests.api.flow import FINE, MEAN, Flow
from tests.api.publication.test_publication import open_page, read


class Makers:
    """How often a page was made, and by how many at once."""

    def __init__(self) -> None:
        self.made, self.at_once, self.most = 0, 0, 0

    def make(self) -> str:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        threading.Event().wait(0.01)
        self.made, self.at_once = self.made + 1, self.at_once - 1
        return f"page {self.made}"


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The outputs that were shown, where every result is large."""
    outputs: list[int] = []
    show = pages.shown_output
    monkeypatch.setattr(
        pages, "shown_output", lambda output, *more: outputs.append(output.id) or show(output, *more)
    )
    monkeypatch.setattr(large, "LARGE_CHARACTERS", 0)
    monkeypatch.setattr(large, "_AT_HAND", KeptPages())
    return outputs


@pytest.fixture
def number(flow: Flow) -> str:
    open_page(flow, project=False)
    open_page(flow)
    return flow.released(FINE)


def test_a_large_result_is_shown_once_to_many(
    flow: Flow, client: TestClient, number: str, shown: list[int]
) -> None:
    first, again = (read(client, f"/public/en/{number}") for _ in range(2))
    assert (first.status_code, first.text, first.headers["cache-control"]) == (
        again.status_code,
        again.text,
        again.headers["cache-control"],
    )
    assert len(shown) == 1
    assert read(client, f"/public/nl/{number}").text != first.text
    other = flow.released(MEAN)
    assert other in read(client, f"/public/en/{other}").text
    assert len(shown) == 3


def test_a_small_one_is_made_each_time(
    client: TestClient, number: str, shown: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "LARGE_CHARACTERS", 10**6)
    assert read(client, f"/public/en/{number}").text == read(client, f"/public/en/{number}").text
    assert len(shown) == 2


def test_what_was_kept_is_shown_no_more_when_it_was_revoked_or_closed(
    flow: Flow, client: TestClient, number: str, shown: list[int]
) -> None:
    assert "Woman" in read(client, f"/public/en/{number}").text
    flow.revoke(number, "A wrong weight was used.")
    revoked = read(client, f"/public/en/{number}")
    assert (revoked.status_code, "Woman" in revoked.text) == (410, False)
    open_page(flow, opened=False)
    assert read(client, f"/public/en/{number}").status_code == 404
    assert len(shown) == 1


def test_large_pages_are_made_one_at_a_time() -> None:
    kept, makers = KeptPages(), Makers()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda place: kept.get(("", place % 2, "en"), makers.make), range(8)))
    assert (makers.made, makers.most, len(set(found))) == (2, 1, 2)


def test_a_page_is_made_anew_after_a_while_and_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, numbers, moment = KeptPages(), count(1), [1000.0]
    monkeypatch.setattr(large.time, "monotonic", lambda: moment[0])
    pages_seen = []
    for later in (0, KEPT_SECONDS - 1, 1):
        moment[0] += later
        pages_seen.append(kept.get(("", 1, "en"), lambda: str(next(numbers))))
    assert pages_seen == ["1", "1", "2"]
    for place in range(100):
        kept.get(("", place, "nl"), lambda: str(next(numbers)))
    assert len(kept._kept) == large._MOST_KEPT
