"""The workplace as people meet it: real proxy, hub, watch and sandbox, around a fake institution."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from hub.sandbox import cgroup, doctor, registry
from hub.sandbox.processes import Process
from hub.settings import Settings
from tests.hub import kernel
from tests.hub.fakes import SUBJECT
from tests.hub.world import PROJECT, Workplace

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def workplace() -> Iterator[Workplace]:
    if (
        doctor.missing_tools()
        or not Path(os.environ.get("ENCLAVE_PROXY_COMMAND", Settings().proxy_command)).exists()
    ):
        pytest.skip("bubblewrap or the proxy is missing")
    # A budget that the tests can reach in seconds.
    with Workplace(ENCLAVE_API_SILENCE_SECONDS="4", ENCLAVE_VIEW_MESSAGE_BYTES="300000") as started:
        yield started


@pytest.fixture
def institution_is_calm(workplace: Workplace) -> Iterator[None]:
    yield
    workplace.institution.allowed, workplace.institution.silent, workplace.institution.language = (
        True,
        False,
        "nl",
    )
    workplace.institution.claims.clear()


@pytest.fixture
def person(workplace: Workplace, institution_is_calm: None) -> Iterator[httpx.Client]:
    """Someone in a new browser. A sandbox that a test leaves open serves the next one: a start takes seconds."""
    with workplace.person() as browser:
        yield browser


def test_a_cell_runs_and_its_output_arrives(workplace: Workplace, person: httpx.Client) -> None:
    workplace.open(person)
    with kernel.channels(person, workplace, kernel.start(person, workplace)) as channel:
        assert kernel.run(channel, "print(6 * 7)") == "42\n"
        assert "minimum-incomes" in kernel.run(channel, "open('/data/project.json').read()")
        too_large = kernel.run(channel, "print('x' * 400_000)")
        assert "te groot" in too_large
        assert "too large" in too_large
        assert "xxxx" not in too_large
        assert kernel.run(channel, "1 + 1") == "2"


def test_the_page_is_jupyterlab_without_ways_out(workplace: Workplace, person: httpx.Client) -> None:
    workplace.open(person)
    page = person.get(f"{workplace.notebook}/lab")
    assert "@jupyterlab/filebrowser-extension:download" in page.text
    assert '"terminalsAvailable": false' in page.text
    assert (
        f"connect-src {workplace.settings.hub_url}{workplace.notebook}/"
        in page.headers["Content-Security-Policy"]
    )
    for path in (
        "/files/x.csv",
        "/view/x.html",
        "/nbconvert/html/x.ipynb",
        "/metrics",
        "/terminals/websocket/1",
        "/lsp/status",
    ):
        answer = person.get(f"{workplace.notebook}{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")


def test_a_data_file_does_not_open_and_a_notebook_does(workplace: Workplace, person: httpx.Client) -> None:
    workplace.open(person)
    home = workplace.state / "homes" / PROJECT / SUBJECT
    (home / "small.txt").write_text("a note")
    (home / "large.csv").write_text("1,2\n" * 50_000)
    (home / "work.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    statuses = {
        name: person.get(f"{workplace.notebook}/api/contents/{name}").status_code
        for name in ("small.txt", "large.csv", "work.ipynb", "small.txt?format=base64")
    }
    assert statuses == {"small.txt": 200, "large.csv": 403, "work.ipynb": 200, "small.txt?format=base64": 403}


def test_a_person_without_login_sees_nothing_of_a_sandbox(workplace: Workplace, person: httpx.Client) -> None:
    workplace.open(person)
    stranger = httpx.Client(base_url=workplace.settings.hub_url, trust_env=False)
    assert stranger.get(f"{workplace.notebook}/api/contents").status_code in {302, 403}
    assert stranger.get(
        f"{workplace.notebook}/api/contents", headers={"Authorization": "token x"}
    ).status_code in {302, 403}
    assert stranger.get(f"{workplace.notebook}/api/contents?token=x").status_code == 403


def test_withdrawal_ends_the_sandbox_and_refuses_a_new_one_with_every_reason(
    workplace: Workplace, person: httpx.Client
) -> None:
    workplace.open(person)
    (record,) = registry.running(workplace.settings.run)
    inside = cgroup.processes(record.cgroups)
    workplace.institution.allowed = False
    assert workplace.wait(lambda: not record.process.alive, "the sandbox is gone", 5) < 5
    assert not any(Process.of(number) for number in inside)
    workplace.wait(lambda: record.id in workplace.institution.stopped, "the api is told", 5)
    # Until the hub has tidied up, a new one is not refused but "still stopping".
    refused = workplace.wait_for_page(person, f"/hub/spawn/{SUBJECT}/{PROJECT}", 403)
    for words in (
        "De overeenkomst is niet getekend.",
        "Volg de training opnieuw.",
        "&lt;b&gt;is verlopen&lt;/b&gt;",
    ):
        assert words in refused
    assert "<b>is verlopen" not in refused
    workplace.institution.language = "en"
    assert "The agreement is not signed." in person.get(f"/hub/spawn/{SUBJECT}/{PROJECT}").text


def test_the_page_of_a_sandbox_that_ended_speaks_both_languages(
    workplace: Workplace, person: httpx.Client
) -> None:
    workplace.open(person)
    (record,) = registry.running(workplace.settings.run)
    registry.end(record)
    page = workplace.wait_for_page(person, f"{workplace.notebook}/lab", 424)
    assert "Deze werkplek draait niet" in page
    assert "This sandbox is not running" in page
    assert "Your server" not in page


def test_a_silent_api_opens_nothing(workplace: Workplace, person: httpx.Client) -> None:
    person.get("/hub/home")
    workplace.institution.silent = True
    refused = person.get(f"/hub/spawn/{SUBJECT}/{PROJECT}")
    assert refused.status_code == 503
    assert "Access cannot be checked" in refused.text
    assert "<b>broken" not in refused.text


def test_a_silent_api_ends_every_sandbox_in_time(workplace: Workplace, person: httpx.Client) -> None:
    workplace.open(person)
    workplace.institution.silent = True
    took = workplace.wait(lambda: not registry.running(workplace.settings.run), "everything ends", 12)
    assert took > 2


def test_a_server_without_a_project_is_refused(workplace: Workplace, person: httpx.Client) -> None:
    person.get("/hub/home")
    refused = person.get(f"/hub/spawn/{SUBJECT}")
    assert refused.status_code == 400
    assert "Choose a project" in refused.text


def test_the_watch_kills_when_the_hub_does_not_obey(workplace: Workplace, person: httpx.Client) -> None:
    workplace.open(person)
    (record,) = registry.running(workplace.settings.run)
    hub = workplace.processes["hub"]
    hub.send_signal(signal.SIGSTOP)
    try:
        workplace.institution.allowed = False
        assert workplace.wait(lambda: not record.process.alive, "the sandbox is gone", 5) < 5
        workplace.wait(lambda: not record.directory.exists(), "nothing is left", 3)
    finally:
        hub.send_signal(signal.SIGCONT)
    workplace.wait(lambda: workplace.institution.stopped.count(record.id) == 2, "the hub agrees", 10)


def test_withdrawal_needs_no_hub(workplace: Workplace, person: httpx.Client) -> None:
    workplace.open(person)
    (record,) = registry.running(workplace.settings.run)
    workplace.end("hub", kill=True)
    try:
        workplace.institution.allowed = False
        # Nobody waits for a hub that is not there: far from the 5 seconds.
        assert workplace.wait(lambda: not record.process.alive, "the sandbox is gone", 5) < 3.5
    finally:
        workplace.start_hub()


def test_a_sandbox_outlives_the_hub_and_is_found_again(workplace: Workplace, person: httpx.Client) -> None:
    workplace.open(person)
    started = kernel.start(person, workplace)
    with kernel.channels(person, workplace, started) as channel:
        kernel.run(channel, "kept = 'still here'")
        workplace.end("hub", kill=True)
        assert "still here" in kernel.run(channel, "kept")
    workplace.start_hub()
    assert "jupyter-config-data" in person.get(f"{workplace.notebook}/lab").text
    with kernel.channels(person, workplace, started) as channel:
        assert "still here" in kernel.run(channel, "kept")
    (record,) = registry.running(workplace.settings.run)
    workplace.institution.allowed = False
    workplace.wait(lambda: not record.process.alive, "the found sandbox ends too", 5)
    workplace.wait(lambda: record.id in workplace.institution.stopped, "and the api is told", 5)


class TestLogin:
    def test_a_token_for_another_party_is_refused(
        self, workplace: Workplace, institution_is_calm: None
    ) -> None:
        workplace.institution.claims["aud"] = "api"
        answer = workplace.person().get("/hub/home")
        assert answer.status_code == 403
        assert "The login was refused" in answer.text

    def test_a_login_that_this_browser_did_not_begin_is_refused(self, workplace: Workplace) -> None:
        answer = workplace.person().get("/hub/oauth_callback?code=x&state=forged")
        assert answer.status_code == 400
        assert "began in another window" in answer.text

    @pytest.mark.parametrize(
        ("accepted", "language", "words"),
        [
            ("nl-NL,en;q=0.5", "nl", "De inlogdienst is even niet bereikbaar."),
            ("en-GB,nl;q=0.5", "en", "The login service cannot be reached at the moment."),
        ],
    )
    def test_an_unreachable_provider_gives_a_page_in_the_persons_language(
        self, workplace: Workplace, institution_is_calm: None, accepted: str, language: str, words: str
    ) -> None:
        with workplace.person() as browser:
            # To the provider and back, but not yet to the hub with the code: there the provider falls silent.
            asked = browser.get("/hub/oauth_login", follow_redirects=False)
            back = httpx.get(asked.headers["Location"], follow_redirects=False, trust_env=False)
            workplace.institution.silent = True
            answer = browser.get(back.headers["Location"], headers={"Accept-Language": accepted})
        assert answer.status_code == 503
        assert words in answer.text
        assert f"<p lang='{language}'>" in answer.text
        assert "/hub/oauth_login" in answer.text

    def test_the_subject_is_the_user_and_no_other_name_is(
        self, workplace: Workplace, institution_is_calm: None
    ) -> None:
        workplace.institution.claims["sub"] = "../admin"
        assert workplace.person().get("/hub/home").status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_hub_and_proxy_cannot_be_reached_from_a_kernel(
    workplace: Workplace, person: httpx.Client, institution_is_calm: None, host: str
) -> None:
    workplace.open(person)
    settings = workplace.settings
    ports = [settings.public_port, settings.hub_port, settings.proxy_api_port]
    assert all(socket.create_connection(("127.0.0.1", port), 5).close() is None for port in ports)
    with kernel.channels(person, workplace, kernel.start(person, workplace)) as channel:
        for port in ports:
            attempt = f"import socket; socket.create_connection(('{host}', {port}), 5)"
            assert "ConnectionRefusedError" in kernel.run(channel, attempt)


def test_the_watch_token_stops_servers_and_nothing_else(workplace: Workplace) -> None:
    token = workplace.settings.secret("watch_token")
    headers = {"Authorization": f"token {token}"}
    hub = f"{workplace.settings.hub_bind_url}/hub/api"
    for method, path in (
        ("GET", "/users"),
        ("GET", f"/users/{SUBJECT}"),
        ("POST", "/users/x"),
        ("GET", "/proxy"),
        ("POST", "/shutdown"),
    ):
        assert httpx.request(method, f"{hub}{path}", headers=headers, trust_env=False).status_code in {
            403,
            404,
        }
