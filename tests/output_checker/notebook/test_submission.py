import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from typing import Any

import pytest

import output_checker as oc
from output_checker.errors import ServiceUnavailableError, SubmissionError
from output_checker.notebook import calling
from output_checker.notebook.tables import CheckedTable

NEXT = {"nl": "Twee controleurs kijken mee.", "en": "Two checkers will look."}


class Service:
    """What the bridge leads to: answers from a list, the last one again and again, and remembers what was asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[tuple[str, str, Any]] = []
        self.answers: list[tuple[int, object]] = []

    def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        self.asked.append((method, path, body))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def start(self) -> ThreadingUnixStreamServer:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.reply(None)

            def do_POST(self) -> None:
                self.reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def reply(self, body: object) -> None:
                status, content = service.answer(self.command, self.path, body)
                text = content if isinstance(content, str) else json.dumps(content)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                """Quiet."""

            def address_string(self) -> str:
                return "sandbox"

        server = ThreadingUnixStreamServer(str(self.path), Handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    short = Path("/tmp") / f"oc-{tmp_path.name[-40:]}.sock"  # noqa: S108 - a socket path holds 107 bytes
    short.unlink(missing_ok=True)
    monkeypatch.setenv("ENCLAVE_API_SOCKET", str(short))
    monkeypatch.setattr(calling, "PAUSES", (0.01,))
    monkeypatch.setattr(calling, "RETRY_SECONDS", 2.0)
    yield Service(short)
    short.unlink(missing_ok=True)


@pytest.fixture
def running(service: Service) -> Iterator[Service]:
    server = service.start()
    yield service
    server.shutdown()
    server.server_close()


@pytest.fixture
def table(sandbox: Path) -> CheckedTable:
    made: CheckedTable = oc.crosstab(oc.open("town"), index="age", columns="sex")
    return made


def answer(state: str, verdict: object = None) -> dict[str, object]:
    url = "http://localhost/requests/R-2026-0001"
    outcome = verdict["outcome"] if isinstance(verdict, dict) else None
    outputs = [{"position": 1, "title": "", "outcome": outcome}]
    about = {"title": "<b>", "round": 1, "outputs": outputs, "verdict": verdict, "next": NEXT, "url": url}
    return {"id": "R-2026-0001", "state": state, **about}


def test_waits_for_the_verdict_and_shows_what_happens_next(running: Service, table: CheckedTable) -> None:
    verdict = json.loads(table.verdict.model_dump_json())
    running.answers = [
        (202, answer("submitted")),
        (200, answer("judging")),
        (200, answer("returned", verdict)),
    ]
    request = oc.submit(table, title="<b>", purpose="policy on poverty")
    assert (request.id, request.state) == ("R-2026-0001", "returned")
    assert request.verdict == table.verdict
    assert "Twee controleurs kijken mee." in repr(request)
    assert "✗" in repr(request)
    assert "&lt;b&gt;" in request._repr_html_()
    number = "/sandbox/requests/R-2026-0001?wait=10"
    assert [(method, path) for method, path, _ in running.asked] == [
        ("POST", "/sandbox/requests?wait=10"),
        ("GET", number),
        ("GET", number),
    ]


def test_only_the_query_is_sent_never_the_numbers(running: Service, table: CheckedTable) -> None:
    running.answers = [(202, answer("under_review"))]
    oc.submit(table, title="t", purpose="p")
    sent = running.asked[0][2]
    assert sent == {
        "title": "t",
        "purpose": "p",
        "query": {"dataset": "town", "index": ["age"], "columns": ["sex"]},
        "idempotency_key": table.key,
    }


def test_a_draft_is_saved_and_not_waited_for(running: Service, table: CheckedTable) -> None:
    running.answers = [(201, answer("draft"))]
    saved = oc.draft(table, "t", audience="the council", titles=["Ages"])
    query = {"dataset": "town", "index": ["age"], "columns": ["sex"]}
    said = {"title": "t", "audience": "the council", "outputs": [{"title": "Ages", "query": query}]}
    assert running.asked == [("POST", "/sandbox/drafts", said)]
    assert (saved.state, saved.url) == ("draft", "http://localhost/requests/R-2026-0001")
    oc.draft(title="t")
    assert running.asked[1][2] == {"title": "t", "outputs": []}


def test_the_same_table_submitted_twice_has_the_same_key(running: Service, table: CheckedTable) -> None:
    running.answers = [(202, answer("under_review"))]
    oc.submit(table, title="t", purpose="p")
    oc.submit(table, title="t", purpose="p")
    assert running.asked[0] == running.asked[1]


def test_a_service_that_restarts_loses_nothing(service: Service, table: CheckedTable) -> None:
    service.answers = [(503, {}), (202, answer("under_review"))]
    started = threading.Timer(0.2, service.start)
    started.start()
    assert oc.submit(table, title="t", purpose="p").id == "R-2026-0001"


def test_a_connection_that_breaks_is_tried_again(service: Service, table: CheckedTable) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(service.path))
    listener.listen()

    def break_then_serve() -> None:
        listener.accept()[0].close()
        listener.close()
        service.path.unlink()
        service.start()

    service.answers = [(202, answer("under_review"))]
    threading.Thread(target=break_then_serve, daemon=True).start()
    assert oc.submit(table, title="t", purpose="p").state == "under_review"


def test_a_service_that_stays_away_is_told_in_dutch(
    service: Service, table: CheckedTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "RETRY_SECONDS", 0.1)
    with pytest.raises(ServiceUnavailableError, match=r"De dienst antwoordt niet\. Er is niets verloren\."):
        oc.submit(table, title="t", purpose="p")


def test_a_verdict_that_takes_long_can_be_asked_for_later(
    running: Service, table: CheckedTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "RETRY_SECONDS", 0.2)
    running.answers = [(202, answer("judging"))]
    request = oc.submit(table, title="t", purpose="p")
    assert "Nog geen oordeel." in repr(request)
    running.answers = [(200, answer("under_review", json.loads(table.verdict.model_dump_json())))]
    assert request.refresh().verdict == table.verdict


@pytest.mark.parametrize("remedy", [None, {"nl": "Vul in.", "en": "Fill in."}])
def test_a_refusal_is_shown_in_the_services_own_words(
    running: Service, table: CheckedTable, remedy: dict[str, str] | None
) -> None:
    message = {"nl": "Een doel ontbreekt.", "en": "A purpose is missing."}
    running.answers = [
        (422, {"error": {"code": "x", "field": "purpose", "message": message, "remedy": remedy}})
    ]
    with pytest.raises(SubmissionError) as caught:
        oc.submit(table, title="t", purpose="")
    assert str(caught.value) == "purpose: Een doel ontbreekt." + (" Vul in." if remedy else "")


@pytest.mark.parametrize("content", ["<html>", {"detail": "x"}, {"error": "x"}, []])
def test_an_answer_that_makes_no_sense_is_told(
    running: Service, table: CheckedTable, content: object
) -> None:
    running.answers = [(500, content)]
    with pytest.raises(SubmissionError, match="500"):
        oc.submit(table, title="t", purpose="p")


def several(state: str, outcome: str | None, round_number: int = 1) -> dict[str, object]:
    outputs = [
        {"position": 1, "title": "Ages", "outcome": outcome},
        {"position": 2, "title": "", "outcome": outcome},
    ]
    return answer(state) | {"outputs": outputs, "round": round_number}


def test_several_tables_go_together_and_each_gets_its_verdict(running: Service, table: CheckedTable) -> None:
    other = oc.crosstab(oc.open("town"), index="sex")
    verdict = {"verdict": json.loads(table.verdict.model_dump_json())}
    running.answers = [(202, several("submitted", None)), (200, several("returned", "fail")), (200, verdict)]
    words = {"population": "adults", "question": "how many", "audience": "the council"}
    request = oc.submit([table, other], title="t", purpose="p", titles=["Ages"], **words)
    sent = running.asked[0][2]
    assert [one["title"] for one in sent["outputs"]] == ["Ages", ""]
    assert sent["outputs"][1]["query"] == {"dataset": "town", "index": ["sex"]}
    assert words.items() <= sent.items()
    assert len(sent["idempotency_key"]) == 64
    assert [path for _, path, _ in running.asked[2:]] == [
        "/sandbox/requests/R-2026-0001/outputs/1",
        "/sandbox/requests/R-2026-0001/outputs/2",
    ]
    assert (request.verdict, len(request.outputs)) == (None, 2)
    assert "1. Ages: ✗" in repr(request)
    assert "2. ✗" in repr(request)


def test_several_tables_wait_together(
    running: Service, table: CheckedTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "RETRY_SECONDS", 0.2)
    running.answers = [(202, several("judging", None))]
    assert "1. Ages: Nog geen oordeel." in repr(oc.submit([table, table], title="t", purpose="p"))


def test_a_request_that_came_back_goes_round_again(running: Service, table: CheckedTable) -> None:
    second = answer("under_review") | {"round": 2}
    running.answers = [(200, answer("returned")), (202, second), (200, second)]
    request = oc.submit(table, request="R-2026-0001", purpose="A better purpose")
    method, path, sent = running.asked[1]
    assert (method, path) == ("POST", "/sandbox/requests/R-2026-0001/rounds?wait=10")
    assert sent.keys() == {"purpose", "query", "idempotency_key"}
    assert request.round == 2
    oc.submit(table, request=request, purpose="A better purpose")
    assert running.asked[3][2] == sent, "the same cell again asks for the same round"
