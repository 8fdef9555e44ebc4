"""The seven steps of the main job, through the doors that people use: pages and forms, OpenID Connect, a kernel's
websocket, the command line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from deploy.demo import cells
from deploy.demo.browser import Browser, JourneyError, Page
from deploy.demo.cells.isolation import REACHED
from deploy.demo.journey import Journey, Step, ensure, wait_until
from deploy.demo.notebook import Notebook, wait_for_server
from deploy.installation import Installation
from output_checker.text import Text

PROJECT = "minimum-incomes"
FOREIGN_PROJECT = "housing-education"
WITHDRAWAL_SECONDS = 5.0
# Addresses that nobody has (RFC 5737, RFC 3849): a leak would be seen, and would harm nobody.
OUTSIDE = {"an outside address": ("192.0.2.1", 443), "an outside IPv6 address": ("2001:db8::1", 443)}
DETAILED_TITLE = "Dividend naar wijk en onderwijs"
COARSER_TITLE = "Dividend naar gemeente en onderwijsniveau"
PURPOSE = "Tabel bij de nota minimabeleid: verschillen in vermogensinkomen binnen de regio."


def log_in(journey: Journey) -> Iterator[Text]:
    """Step 1: the researcher logs in, and opens a project at the hub."""
    browser = journey.browser("noor")
    page = browser.open(journey.pages("/projects")).expect(200)
    ensure(f"/hub/open/{PROJECT}" in page.response.text, f"no project to open: {page.words[:400]}")
    with Browser(journey.language) as fresh:
        asked = _authorization_request(fresh.open(journey.pages("/auth/login")))
    where, method = journey.installation.api_url, asked["code_challenge_method"][0]
    yield Text(
        nl=f"Noor Janssen logt in bij de aanbieder {where} (code met PKCE {method}, nonce, state)",
        en=f"Noor Janssen logs in at the provider {where} (code flow with PKCE {method}, nonce, state)",
    )
    journey.spawn_page = browser.open(journey.hub(f"/hub/open/{PROJECT}"))
    ensure(journey.spawn_page.status < httpx.codes.BAD_REQUEST, journey.spawn_page.words[:600])
    client = _authorization_request(journey.spawn_page)["client_id"][0]
    yield Text(
        nl=f"zij opent project {PROJECT} bij {journey.installation.hub_url}: dezelfde login, client {client}",
        en=f"she opens project {PROJECT} at {journey.installation.hub_url}: the same login, client {client}",
    )


def _authorization_request(page: Page) -> dict[str, list[str]]:
    """Return the parameters of the OpenID Connect request on the way to `page`."""
    passed = [*page.response.history, page.response]
    for answer in passed:
        location = answer.headers.get("location", "")
        if "/oidc/authorize" in location:
            asked = parse_qs(urlsplit(location).query)
            ensure(asked.get("code_challenge_method") == ["S256"], f"no PKCE in {location}")
            ensure("nonce" in asked and "state" in asked, f"no nonce or state in {location}")
            return asked
    raise JourneyError(f"no OpenID Connect request on the way to {page.url}")


def start_sandbox(journey: Journey) -> Iterator[Text]:
    """Step 2: the hub asks the api; who misses conditions reads each of them; the researcher's sandbox starts."""
    refused = journey.browser("bram").open(journey.hub(f"/hub/open/{PROJECT}"))
    for condition in ("statement_signed", "training_valid"):
        ensure(condition in refused.response.text, f"{condition} is not told to Bram: {refused.words[:600]}")
    ensure(refused.status == httpx.codes.FORBIDDEN, f"Bram got {refused.status}")
    yield Text(
        nl=f"Bram Hendriks wordt geweigerd: {_told(refused)}",
        en=f"Bram Hendriks is refused: {_told(refused)}",
    )
    if journey.spawn_page is None:
        raise JourneyError("no sandbox was asked for")
    browser = journey.browser("noor")
    journey.notebook = wait_for_server(browser, journey.spawn_page, journey.hub(f"/user/noor/{PROJECT}"))
    journey.notebook.start_kernel()
    yield Text(
        nl=f"haar sandbox draait op {journey.notebook.address}",
        en=f"her sandbox runs at {journey.notebook.address}",
    )


def _told(page: Page) -> str:
    """Return the reasons that a page of the hub lists."""
    return " ".join(item for item in page.items if item.endswith("."))


def isolation_targets(installation: Installation) -> dict[str, tuple[str, int]]:
    """Return what a kernel must not reach: the parts of the installation, and the world."""
    ports = installation.ports
    inside = {
        "the api": ports["ENCLAVE_API_URL"],
        "the proxy": ports["ENCLAVE_HUB_URL"],
        "the hub": ports["ENCLAVE_HUB_PORT"],
        "the proxy's steering port": ports["ENCLAVE_PROXY_API_PORT"],
    }
    return {name: ("127.0.0.1", port) for name, port in inside.items()} | OUTSIDE


def foreign_paths(installation: Installation) -> list[str]:
    """Return what a kernel must not see: other projects, secrets, the database."""
    state = installation.state_dir
    names = (
        "",
        "secrets",
        "enclave.sqlite",
        "data",
        f"views/{FOREIGN_PROJECT}",
        f"homes/{FOREIGN_PROJECT}",
        "hub",
    )
    return [str(state / name) for name in names]


def look_around(journey: Journey) -> Iterator[Text]:
    """Step 3: what a kernel cannot do, and a table with small and dominated cells."""
    notebook = journey.kernel()
    installation = journey.installation
    secrets = [path.read_bytes() for path in (installation.state_dir / "secrets").iterdir()]
    code = cells.isolation_cell(isolation_targets(installation), foreign_paths(installation), secrets)
    found = json.loads(notebook.run(code).told().splitlines()[-1])
    _ensure_closed(found)
    connections = ", ".join(f"{name}: {told}" for name, told in found["connections"].items())
    yield Text(nl=f"geen netwerk ({connections})", en=f"no network ({connections})")
    yield Text(
        nl=f"niet te zien: andere projecten, geheimen, database; wel: /data met {', '.join(found['data'])} (alleen lezen)",
        en=f"not to be seen: other projects, secrets, database; to be seen: /data with {', '.join(found['data'])} (read-only)",
    )
    count = found["processes"]
    yield Text(
        nl=f"systeemaanroepen gefilterd, geen enkel bijzonder recht, {count} processen zichtbaar, geen geheim van de hub",
        en=f"system calls filtered, not one capability, {count} processes visible, no secret of the hub",
    )
    yield from _failing_table(notebook)


def _ensure_closed(found: dict[str, Any]) -> None:
    """Raise JourneyError when the kernel could do anything that it must not."""
    for kind in ("connections", "names", "paths"):
        reached = [name for name, told in found[kind].items() if told == REACHED]
        ensure(not reached, f"the kernel reached {reached}")
    ensure(not found["secrets"], f"secrets in the environment: {found['secrets']}")
    ensure(not found["writable_data"], "the data are writable")
    status = found["status"]
    confined = status["Seccomp"] == "2" and status["NoNewPrivs"] == "1" and int(status["CapEff"], 16) == 0
    ensure(confined, f"the kernel is not confined: {status}")


def _failing_table(notebook: Notebook) -> Iterator[Text]:
    shown = notebook.run(cells.cell("detailed"))
    shown.told()
    ensure(shown.rich and "enclave-fail" in shown.rich[-1].get("text/html", ""), "no failing cell is marked")
    words = shown.rich[-1]["text/plain"].strip("'").splitlines()
    failing = sum(line.count("✗[") for line in words)
    yield Text(
        nl=f"de notebook toont gemiddeld dividend naar wijk en onderwijs; {failing} cellen zijn gemarkeerd:",
        en=f"the notebook shows mean dividends by district and education; {failing} cells are marked:",
    )
    for line in words[-_notes(words) :]:
        yield Text(nl=f"  {line}", en=f"  {line}")


def _notes(words: list[str]) -> int:
    """Return how many of the last lines are the outcome and its numbered notes."""
    return 1 + sum(line[:1].isdigit() and ". " in line[:4] for line in words[-6:])


def ask(journey: Journey) -> Iterator[Text]:
    """Step 4: the service recomputes and judges: `fail` with reasons; coarser: waiting for people."""
    notebook = journey.kernel()
    first = _submit(notebook, "table", DETAILED_TITLE)
    ensure(first["outcome"] == "fail" and first["state"] == "returned", f"not returned: {first}")
    yield Text(
        nl=f"{first['id']}: de dienst herrekent en oordeelt `fail`: {first['reasons'][0]['nl']}",
        en=f"{first['id']}: the service recomputes and judges `fail`: {first['reasons'][0]['en']}",
    )
    shown = notebook.run(cells.cell("coarser"))
    shown.told()
    second = _submit(notebook, "coarser", COARSER_TITLE)
    ensure(second["outcome"] == "pass" and second["state"] == "under_review", f"not under review: {second}")
    journey.number = second["id"]
    yield Text(
        nl=f"{second['id']}: grover ingedeeld, `pass`. {second['next']['nl']}",
        en=f"{second['id']}: coarser, `pass`. {second['next']['en']}",
    )


def _submit(notebook: Notebook, variable: str, title: str) -> dict[str, Any]:
    told = notebook.run(cells.submission(variable, title, PURPOSE)).told()
    answer: dict[str, Any] = json.loads(told.splitlines()[-1])
    return answer


def review(journey: Journey) -> Iterator[Text]:
    """Step 5: two checkers approve in the pages; the researcher cannot, and one is not enough."""
    own = journey.browser("noor").open(journey.pages(f"/review/{journey.number}"))
    ensure(own.status in (403, 404), f"the researcher got {own.status} on the review page")
    yield Text(
        nl=f"de onderzoeker komt niet op de controlepagina ({own.status})",
        en=f"the researcher does not get to the review page ({own.status})",
    )
    _approve(journey, "ruth", "Cellen groot genoeg; past bij de onderzoeksvraag.")
    waiting = _request(journey)
    ensure(f"/files/{journey.number}" not in waiting.response.text, "released after one approval")
    ensure("/files/" not in waiting.response.text, "a file is offered after one approval")
    yield Text(
        nl="Ruth van Dijk keurt goed; één is niet genoeg", en="Ruth van Dijk approves; one is not enough"
    )
    _approve(journey, "pieter", "Akkoord.")
    seconds = wait_until(lambda: "/files/" in _request(journey).response.text, "the release")
    yield Text(
        nl=f"Pieter Bakker keurt goed; vrijgegeven na {seconds:.1f} s",
        en=f"Pieter Bakker approves; released after {seconds:.1f} s",
    )


def _approve(journey: Journey, login: str, comment: str) -> None:
    browser = journey.browser(login)
    queue = browser.open(journey.pages("/queue")).expect(200, journey.number)
    page = browser.open(journey.pages(f"/review/{journey.number}")).expect(200, COARSER_TITLE)
    form = page.form(f"/review/{journey.number}")
    browser.send(page, form, decision="approve", comment=comment).expect(200)
    again = browser.send(page, form, decision="approve", comment=comment)
    ensure(again.status == httpx.codes.CONFLICT, f"a second click gave {again.status}: {again.words[:300]}")
    ensure(queue.status == httpx.codes.OK, "no queue")


def _request(journey: Journey) -> Page:
    return (
        journey.browser("noor").open(journey.pages(f"/requests/{journey.number}")).expect(200, journey.number)
    )


def release(journey: Journey) -> Iterator[Text]:
    """Step 6: the researcher downloads outside the sandbox; anybody verifies offline; a tampered copy is caught."""
    journey.downloads.mkdir(parents=True, exist_ok=True)
    page = _request(journey)
    files = [link for link in page.links.values() if f"/api/requests/{journey.number}/files/" in link]
    ensure(files, f"no file is offered: {page.words[:400]}")
    journey.table = _download(journey, files[0], Path(files[0]).name)
    journey.receipt = _download(
        journey, f"/api/requests/{journey.number}/receipt", f"{journey.number}-receipt.json"
    )
    yield Text(
        nl=f"Noor haalt buiten de sandbox {journey.table.name} en het bewijs op ({journey.downloads})",
        en=f"Noor downloads, outside the sandbox, {journey.table.name} and the receipt ({journey.downloads})",
    )
    yield from _verify(journey, journey.table, journey.receipt)


def _download(journey: Journey, path: str, name: str) -> Path:
    answer = journey.browser("noor").client.get(journey.pages(path))
    ensure(answer.status_code == httpx.codes.OK, f"{path}: {answer.status_code}")
    target = journey.downloads / name
    target.write_bytes(answer.content)
    return target


def _verify(journey: Journey, table: Path, receipt: Path) -> Iterator[Text]:
    export = journey.downloads / "audit.jsonl"
    told = journey.enclave("audit", "export", str(export))
    ensure(told.returncode == 0, f"audit export: {told.stdout}{told.stderr}")
    told = journey.enclave("audit", "verify", str(export), "--receipt", str(receipt), "--file", str(table))
    ensure(told.returncode == 0, f"audit verify: {told.stdout}{told.stderr}")
    for line in told.stdout.strip().splitlines():
        yield Text(nl=f"enclave audit verify: {line}", en=f"enclave audit verify: {line}")
    forged = journey.downloads / f"forged-{table.name}"
    forged.write_bytes(_forged(table.read_bytes()))
    told = journey.enclave("audit", "verify", str(export), "--receipt", str(receipt), "--file", str(forged))
    ensure(told.returncode == 1, f"a forged table was not caught: {told.stdout}{told.stderr}")
    caught = told.stdout.strip().splitlines()[-1]
    yield Text(nl=f"vervalste tabel betrapt: {caught}", en=f"forged table caught: {caught}")
    lines = export.read_text(encoding="utf-8").replace("submit", "summit", 1)
    tampered = journey.downloads / "forged-audit.jsonl"
    tampered.write_text(lines, encoding="utf-8")
    told = journey.enclave("audit", "verify", str(tampered))
    ensure(told.returncode == 1, f"a forged audit was not caught: {told.stdout}{told.stderr}")
    yield Text(
        nl=f"vervalste audit betrapt: {told.stdout.strip()}", en=f"forged audit caught: {told.stdout.strip()}"
    )


def _forged(content: bytes) -> bytes:
    """Return a table in which one digit is another."""
    position = max(content.rfind(digit) for digit in (b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8"))
    return content[:position] + bytes([content[position] + 1]) + content[position + 1 :]


def withdraw(journey: Journey) -> Iterator[Text]:
    """Step 7: the administrator withdraws the grant; the sandbox is gone in 5 seconds, a new one is refused."""
    browser = journey.browser("omar")
    grants = browser.open(journey.pages("/admin/grants")).expect(200)
    page = browser.open(journey.pages(grants.links["Noor Janssen"])).expect(200, "Noor Janssen")
    reason = "Het onderzoek is overgedragen aan een collega."
    browser.send(page, page.form("/withdraw"), reason=reason).expect(200)
    seconds = wait_until(journey.kernel().gone, "the end of the sandbox", WITHDRAWAL_SECONDS)
    yield Text(
        nl=f"Omar Yilmaz trekt de toegang in; de draaiende sandbox is na {seconds:.1f} s weg",
        en=f"Omar Yilmaz withdraws access; the running sandbox is gone after {seconds:.1f} s",
    )
    refused = _opened_anew(journey)
    ensure(refused.status == httpx.codes.FORBIDDEN, f"a new sandbox: {refused.status} {refused.words[:300]}")
    ensure(reason in refused.words, f"the reason is not told: {refused.words[:600]}")
    yield Text(
        nl=f"een nieuwe wordt geweigerd: {_told(refused)}", en=f"a new one is refused: {_told(refused)}"
    )


def _opened_anew(journey: Journey) -> Page:
    """Return what the hub answers once the old sandbox is cleared away; until then it says that it stops, or is down."""
    opened: list[Page] = []

    def answered() -> bool:
        opened.append(journey.browser("noor").open(journey.hub(f"/hub/open/{PROJECT}")))
        refused, down = httpx.codes.FORBIDDEN, httpx.codes.SERVICE_UNAVAILABLE
        return opened[-1].status == refused or ("/user/" in opened[-1].url and opened[-1].status != down)

    wait_until(answered, "an answer of the hub")
    return opened[-1]


STEPS = (
    Step(Text(nl="Inloggen en een project openen", en="Log in and open a project"), log_in),
    Step(Text(nl="Voorwaarden, en een sandbox", en="Conditions, and a sandbox"), start_sandbox),
    Step(
        Text(nl="In de sandbox: wat niet kan, en een tabel", en="Inside: what cannot be done, and a table"),
        look_around,
    ),
    Step(Text(nl="Indienen en oordelen", en="Submit and judge"), ask),
    Step(Text(nl="Twee controleurs", en="Two checkers"), review),
    Step(Text(nl="Vrijgave, download en bewijs", en="Release, download and proof"), release),
    Step(Text(nl="Toegang ingetrokken", en="Access withdrawn"), withdraw),
)
