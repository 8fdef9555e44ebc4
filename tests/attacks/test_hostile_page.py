"""A notebook shows hostile web content in a real browser, with the person's cookies at hand: it stays in its own path."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from hub.sandbox import doctor
from tests.browser.conftest import FLAGS
from tests.hub.fakes import SUBJECT
from tests.hub.world import PROJECT, Workplace

pytestmark = [pytest.mark.sandbox, pytest.mark.browser]

# Run in the notebook's page; each tries to come at the hub or elsewhere and returns what it learnt, or throws.
OPENS = """async address => {
    const other = window.open(address);
    const arrived = () => { try { return other.location.href !== "about:blank"; } catch { return false; } };
    // As long as a busy machine takes: then it is closed to us, or we are in.
    for (let waited = 0; waited < 20_000 && !other.closed && !arrived(); waited += 50)
        await new Promise(done => setTimeout(done, 50));
    if (other.closed) throw new Error("the window is out of reach");
    return other.document.cookie + (await (await other.fetch("/hub/api/user")).text());
}"""
FETCHES = """async ([method, address]) => {
    const answer = await fetch(address, {method, headers: {Accept: "text/html"}});
    return `${answer.url} ${answer.status} ${await answer.text()}`;
}"""
FRAMES = """async address => {
    const frame = document.createElement("iframe");
    const loaded = new Promise(done => frame.addEventListener("load", done));
    frame.src = address;
    document.body.append(frame);
    await loaded;
    return frame.contentDocument.body.innerText;
}"""
WORKS = """async script => new Promise((done, failed) => {
    const worker = new Worker(URL.createObjectURL(new Blob([script])));
    worker.onmessage = event => done(event.data);
    setTimeout(() => failed(new Error("nothing came back")), 2000);
})"""
REGISTERS = "async script => String(await navigator.serviceWorker.register(script))"
POSTS = """async address => {
    const other = window.open("about:blank");
    other.document.body.innerHTML = `<form method="post" action="${address}"></form>`;
    other.document.forms[0].submit();
    await new Promise(done => setTimeout(done, 1000));
    if (other.location.href === "about:blank") throw new Error("the form went nowhere");
}"""


@pytest.fixture(scope="module")
def workplace() -> Iterator[Workplace]:
    if doctor.missing_tools():
        pytest.skip("bubblewrap is missing")
    with Workplace() as started:
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("needs chromium (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def notebook(workplace: Workplace, chromium: Browser) -> Iterator[Page]:
    page = chromium.new_context().new_page()
    page.goto(f"{workplace.settings.hub_url}/hub/open/{PROJECT}")
    page.wait_for_url("**/lab**", timeout=60_000)
    page.wait_for_load_state("load")
    yield page
    page.context.close()


def fails(page: Page, attempt: str, argument: object) -> str:
    """Run an attempt that must throw, and return what it met."""
    outcome = page.evaluate(
        "async ([attempt, argument]) => eval(attempt)(argument).then("
        "found => ({found: String(found)}), error => ({met: String(error)}))",
        [f"({attempt})", argument],
    )
    assert "found" not in outcome, outcome
    return str(outcome["met"])


@pytest.mark.parametrize(
    "address",
    [
        "/hub/home", "/hub/token", "/hub/static/js/home.js", "/hub/logo", "/favicon.ico", "/hub/health", "/hub/nothing",
        "/hub/error/503", "/nothing", f"/user/{SUBJECT}/not-running/", f"/user/{SUBJECT}/not-running/{'a' * 12_000}",
    ],
)  # fmt: skip
def test_no_window_of_the_hub_obeys_the_notebook(notebook: Page, address: str) -> None:
    assert "out of reach" in fails(notebook, OPENS, address)


@pytest.mark.parametrize("length", [0, 8_200, 9_000, 15_000, 20_000])
def test_no_answer_to_an_odd_address_escapes_the_policy(
    workplace: Workplace, notebook: Page, length: int
) -> None:
    met = fails(notebook, OPENS, f"{workplace.notebook}/{'a' * length}")
    assert "Failed to fetch" in met or "out of reach" in met or "Blocked a frame" in met


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_request_of_the_notebook_reaches_the_hub(notebook: Page, method: str) -> None:
    for address in ("/hub/api/user", "/hub/home", f"/hub/api/users/{SUBJECT}/tokens"):
        assert "Failed to fetch" in fails(notebook, FETCHES, [method, address])


def test_no_frame_and_no_worker_reaches_the_hub(workplace: Workplace, notebook: Page) -> None:
    fails(notebook, FRAMES, "/hub/home")
    hub = workplace.settings.hub_url
    fails(notebook, WORKS, f"fetch('{hub}/hub/api/user').then(answer => answer.text()).then(postMessage)")
    assert "403" in fails(notebook, REGISTERS, f"{workplace.notebook}/static/x.js")


def test_no_form_reaches_the_pages_of_the_api(workplace: Workplace, notebook: Page) -> None:
    assert "went nowhere" in fails(notebook, POSTS, f"{workplace.settings.api_url}/auth/logout")
    assert "went nowhere" in fails(notebook, POSTS, "/hub/api/shutdown")


def test_under_another_name_of_the_machine_there_is_no_notebook(workplace: Workplace, notebook: Page) -> None:
    page = notebook.context.new_page()
    for path in ("lab", "static/favicon.ico", "robots.txt"):
        address = f"{workplace.settings.hub_url}{workplace.notebook}/{path}"
        answer = page.goto(address.replace("127.0.0.1", "localhost"))
        assert answer is not None
        assert answer.status == 403
    page.close()


def test_a_link_to_a_page_elsewhere_still_opens(workplace: Workplace, notebook: Page) -> None:
    with notebook.context.expect_page() as opened:
        notebook.evaluate("address => { window.open(address); }", f"{workplace.settings.hub_url}/hub/home")
    opened.value.wait_for_url("**/hub/home")
    opened.value.close()


def test_a_token_of_the_hub_cannot_be_made(notebook: Page) -> None:
    page = notebook.context.new_page()
    page.goto(notebook.url.split("/user/")[0] + "/hub/home")
    status = page.evaluate(
        "async address => (await fetch(address, {method: 'POST', headers: {'X-XSRFToken': jhdata.xsrf_token}})).status",
        f"/hub/api/users/{SUBJECT}/tokens",
    )
    assert status == 403
    page.close()


def test_a_page_whose_sandbox_is_gone_cannot_read_the_hub(workplace: Workplace, notebook: Page) -> None:
    """Last: the hub answers at the notebook's address when the sandbox is gone, and a redirect lifts the policy's path."""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in notebook.context.cookies())
    assert (
        json.loads(notebook.evaluate("() => JSON.stringify(document.cookie.includes('hub-login'))")) is False
    )
    answer = httpx.delete(
        f"{workplace.settings.hub_bind_url}/hub/api/users/{SUBJECT}/servers/{PROJECT}",
        headers={"Authorization": f"token {workplace.settings.secret('watch_token')}", "Cookie": cookies},
        trust_env=False, timeout=20,
    )  # fmt: skip
    assert answer.status_code == 204
    for path in ("lab", "api/contents", "..%2f..%2f..%2fhub%2fhome"):
        told = notebook.evaluate(FETCHES, ["GET", f"{workplace.notebook}/{path}"])
        assert told.split(" ", 2)[:2] == [f"{workplace.settings.hub_url}{workplace.notebook}/{path}", "424"]
        assert "xsrf" not in told
    fails(notebook, FRAMES, f"{workplace.notebook}/lab")
    assert "out of reach" in fails(notebook, OPENS, f"{workplace.notebook}/lab")
