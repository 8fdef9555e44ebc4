"""Processes are killed at the worst moments: every request is finished all the same, and appears once."""

import json
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from deploy.demo import cells, show
from deploy.demo.journey import Journey, wait_until
from deploy.demo.notebook import Notebook, wait_for_server
from deploy.demo.steps import PROJECT
from deploy.supervisor import answers
from tests.journey.conftest import Environment

pytestmark = [pytest.mark.journey, pytest.mark.sandbox]

# Posts a query without waiting for its verdict, as `oc.submit` would; the key makes repeating harmless.
POST = """
import json, time
from httpx import Client, HTTPTransport, TransportError
def post(key, title):
    body = dict(title=title, purpose="test", idempotency_key=key,
                query=coarser.query.model_dump(mode="json", exclude_defaults=True))
    with Client(transport=HTTPTransport(uds="/run/enclave/api.sock"), base_url="http://enclave", timeout=10) as client:
        for _ in range(200):
            try:
                answer = client.post("/sandbox/requests", json=body)
            except TransportError:
                answer = None
            if answer is not None and answer.status_code < 500:
                return answer.json()
            time.sleep(0.1)
"""


@pytest.fixture(scope="module")
def journey(environment: Environment) -> Iterator[Journey]:
    one = environment.journey("death")
    with one.stack:
        yield one


@pytest.fixture(scope="module")
def notebook(journey: Journey) -> Notebook:
    browser = journey.browser("fatima")
    page = browser.open(journey.hub(f"/hub/open/{PROJECT}"))
    found = wait_for_server(browser, page, journey.hub(f"/user/fatima/{PROJECT}"))
    found.start_kernel()
    found.run(cells.cell("detailed")).told()
    found.run(cells.cell("coarser")).told()
    found.run(POST).told()
    return found


@pytest.fixture
def service(journey: Journey) -> "Service":
    return Service(journey)


class Service:
    """The processes that decide and compute: stopped, killed, and back."""

    def __init__(self, journey: Journey) -> None:
        self.installation = journey.installation

    def pids(self) -> dict[str, int]:
        return show.processes(self.installation.state_dir)

    def freeze_worker(self) -> None:
        os.kill(self.pids()["worker"], signal.SIGSTOP)

    def kill(self, *names: str) -> None:
        before = self.pids()
        for name in names:
            show.kill(self.installation.state_dir, name)
        wait_until(lambda: all(self.pids()[name] != before[name] for name in names), "the restart")
        wait_until(lambda: answers(f"{self.installation.api_url}/internal/health"), "the api")


def submit(notebook: Notebook, title: str, key: str) -> str:
    told = notebook.run(f"print(json.dumps(post({key!r}, {title!r})))").told()
    return str(json.loads(told.splitlines()[-1])["id"])


def state(notebook: Notebook, number: str) -> str:
    code = (
        "with Client(transport=HTTPTransport(uds='/run/enclave/api.sock'), base_url='http://enclave') as client:\n"
        f"    print(json.dumps(client.get('/sandbox/requests/{number}').json()))"
    )
    return str(json.loads(notebook.run(code).told().splitlines()[-1])["state"])


def times_listed(journey: Journey, title: str) -> int:
    page = journey.browser("fatima").open(journey.pages("/requests")).expect(httpx.codes.OK)
    return page.words.count(title)


def audited(journey: Journey, action: str, number: str) -> int:
    export = journey.downloads / f"{uuid.uuid4().hex}.jsonl"
    export.parent.mkdir(exist_ok=True)
    assert journey.enclave("audit", "export", str(export)).returncode == 0
    documents = _documents(export)
    return sum(found["action"] == action and number in found["subject"] for found in documents)


def _documents(export: Path) -> list[dict[str, str]]:
    links = [json.loads(line) for line in export.read_text(encoding="utf-8").splitlines()]
    return [json.loads(link["document"]) for link in links if "document" in link]


def test_killed_between_submit_and_verdict(journey: Journey, notebook: Notebook, service: Service) -> None:
    service.freeze_worker()
    key, title = uuid.uuid4().hex, "Gedood voor het oordeel"
    number = submit(notebook, title, key)
    assert state(notebook, number) == "submitted"
    service.kill("api", "worker")
    assert submit(notebook, title, key) == number
    wait_until(lambda: state(notebook, number) == "under_review", "the verdict")
    assert times_listed(journey, title) == 1


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.1, 0.2])
def test_killed_while_judging(journey: Journey, notebook: Notebook, service: Service, delay: float) -> None:
    title = f"Gedood tijdens het oordeel na {delay}"
    number = submit(notebook, title, uuid.uuid4().hex)
    time.sleep(delay)
    service.kill("worker")
    wait_until(lambda: state(notebook, number) == "under_review", "the verdict")
    assert times_listed(journey, title) == 1


def approve(journey: Journey, login: str, number: str) -> None:
    browser = journey.browser(login)
    page = browser.open(journey.pages(f"/review/{number}")).expect(httpx.codes.OK)
    browser.send(page, page.form(f"/review/{number}"), decision="approve", comment="Akkoord.").expect(
        httpx.codes.OK
    )


@pytest.fixture
def awaiting_second_approval(journey: Journey, notebook: Notebook) -> Callable[[str], str]:
    def submitted(title: str) -> str:
        number = submit(notebook, title, uuid.uuid4().hex)
        wait_until(lambda: state(notebook, number) == "under_review", "the verdict")
        approve(journey, "ruth", number)
        return number

    return submitted


def test_killed_between_approval_and_release(
    journey: Journey, notebook: Notebook, service: Service, awaiting_second_approval: Callable[[str], str]
) -> None:
    title = "Gedood voor de vrijgave"
    number = awaiting_second_approval(title)
    service.freeze_worker()
    approve(journey, "pieter", number)
    assert state(notebook, number) == "approved"
    service.kill("api", "worker")
    wait_until(lambda: state(notebook, number) == "released", "the release")
    assert times_listed(journey, title) == 1
    assert audited(journey, "release.write", number) == 1


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.1])
def test_killed_while_releasing(
    journey: Journey,
    notebook: Notebook,
    service: Service,
    awaiting_second_approval: Callable[[str], str],
    delay: float,
) -> None:
    number = awaiting_second_approval(f"Gedood tijdens de vrijgave na {delay}")
    approve(journey, "pieter", number)
    time.sleep(delay)
    service.kill("worker")
    wait_until(lambda: state(notebook, number) == "released", "the release")
    assert audited(journey, "release.write", number) == 1
    receipt = journey.browser("fatima").client.get(journey.pages(f"/api/requests/{number}/receipt"))
    assert receipt.json()["record"]["request"]["number"] == number
