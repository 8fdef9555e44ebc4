"""Attempts to get more out of the bridge between a sandbox and the services than it gives."""

from __future__ import annotations

import json

import pytest

from tests.hub.cell import Cell
from tests.hub.fakes import SUBJECT, TOKEN
from tests.hub.world import PROJECT

pytestmark = pytest.mark.sandbox

BRIDGE = """
import http.client, socket
class Bridge(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect("/run/enclave/%s.sock")
def ask(method, target, body=None, **headers):
    bridge = Bridge("x")
    bridge.request(method, target, body, headers)
    answer = bridge.getresponse()
    return answer.status, answer.read().decode(), dict(answer.getheaders())
"""


class TestBridge:
    @pytest.mark.parametrize(
        ("method", "target"),
        [
            ("GET", "/hub/api/users"),
            ("GET", "/hub/api/users/p-bob"),
            ("POST", "/hub/api/users/p-bob/activity"),
            ("POST", f"/hub/api/users/{SUBJECT}/servers/other"),
            ("DELETE", f"/hub/api/users/{SUBJECT}/servers/{PROJECT}"),
            ("POST", f"/hub/api/users/{SUBJECT}/tokens"),
            ("GET", "/hub/api/proxy"),
            ("POST", "/hub/api/shutdown"),
            ("GET", "/hub/login"),
            ("GET", "/hub/api/../login"),
            ("GET", "/hub/api/user/../users"),
            ("GET", "/hub/api/user%2f..%2fusers"),
            ("GET", "/hub/api/user?x=1"),
            ("GET", "//hub/api/user"),
            ("GET", "http://elsewhere/hub/api/user"),
            ("PUT", "/hub/api/user"),
            ("GET", "/sandbox/requests"),
        ],
    )
    def test_other_requests_to_the_hub_are_refused(self, cell: Cell, method: str, target: str) -> None:
        assert cell.run(f"{BRIDGE % 'hub'}\nprint(ask('{method}', '{target}')[0])") == "403"

    @pytest.mark.parametrize(
        ("method", "target"),
        [
            ("GET", "/"),
            ("GET", "/hub/api/user"),
            ("DELETE", "/sandbox/requests/R-2026-0001"),
            ("GET", "/sandbox/requests/../../internal/hub/alive"),
            ("GET", "/sandbox/requests/%2e%2e/%2e%2e/audit"),
            ("POST", "/internal/hub/spawn"),
            ("GET", "/sandbox/requests/R-2026-0001/release"),
            ("GET", "/review/R-2026-0001"),
        ],
    )
    def test_other_requests_to_the_api_are_refused(self, cell: Cell, method: str, target: str) -> None:
        assert cell.run(f"{BRIDGE % 'api'}\nprint(ask('{method}', '{target}')[0])") == "403"

    def test_the_bridge_adds_the_token_and_drops_what_the_sandbox_claims(self, cell: Cell) -> None:
        cell.institution.submitted.clear()
        code = f"""{BRIDGE % "api"}
claims = {{"Authorization": "Bearer forged", "Cookie": "session=stolen", "X-Forwarded-For": "10.0.0.9",
           "Forwarded": "for=10.0.0.9", "Content-Type": "application/json"}}
status, body, headers = ask("POST", "/sandbox/requests", '{{"title": "x"}}', **claims)
print(status, body, "Set-Cookie" in headers)
"""
        assert cell.run(code) == '202 {"id": "R-2026-0001"} False'
        seen = cell.institution.submitted[0]
        assert seen["headers"]["Authorization"] == f"Bearer {TOKEN}"
        assert not {"Cookie", "X-Forwarded-For", "Forwarded"} & set(seen["headers"])
        assert seen["body"] == '{"title": "x"}'

    def test_the_hub_hears_that_there_is_activity_and_nothing_that_the_sandbox_chose(
        self, cell: Cell
    ) -> None:
        cell.institution.submitted.clear()
        said = '{"last_activity": "2026-01-01T00:00:00.123456Z", "servers": {}}'
        cell.run(f"{BRIDGE % 'hub'}\nask('POST', '/hub/api/users/{SUBJECT}/activity', {said!r})")
        (seen,) = cell.institution.submitted
        assert "123456" not in seen["body"]
        assert set(json.loads(seen["body"])["servers"]) == {PROJECT}

    def test_what_the_bridge_cannot_read_fills_no_log_of_the_host(self, cell: Cell) -> None:
        code = """
import socket
def say(data):
    with socket.socket(socket.AF_UNIX) as talk:
        talk.connect("/run/enclave/hub.sock")
        talk.sendall(data)
        talk.settimeout(1)
        try:
            return talk.recv(20)
        except (TimeoutError, ConnectionError):
            return b""
secret = b"a-person-of-the-microdata" * 50
for _ in range(40):
    say(b"\\x01" + secret)
    say(b"GET http://[::1/" + secret + b" HTTP/1.1\\r\\n\\r\\n")
    say(b"POST /hub/api/oauth2/token HTTP/1.1\\r\\nHost: x\\r\\nContent-Encoding: gzip\\r\\nContent-Length: 2\\r\\n\\r\\n{}")
    say(b"POST /hub/api/oauth2/token HTTP/1.1\\r\\nHost: x\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nzz\\r\\n")
    say(b"CONNECT x:1 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
"""
        cell.run(code)
        logs = [*cell.order.log.parent.iterdir()]
        assert sum(log.stat().st_size for log in logs) < 10_000, [log.read_text()[-2000:] for log in logs]
        assert not any(b"microdata" in log.read_bytes() for log in logs)

    def test_a_loop_in_a_sandbox_does_not_become_a_flood_at_the_hub(self, cell: Cell) -> None:
        code = f"{BRIDGE % 'hub'}\nprint([ask('GET', '/hub/api/user')[0] for _ in range(150)].count(429))"
        assert int(cell.run(code)) > 50

    def test_a_large_body_is_refused(self, cell: Cell) -> None:
        code = f"{BRIDGE % 'api'}\nprint(ask('POST', '/sandbox/requests', 'x' * (256 * 1024 + 1))[0])"
        assert cell.run(code) == "413"

    def test_redirects_are_not_followed(self, cell: Cell) -> None:
        cell.institution.redirects = True
        status, body = cell.run(f"{BRIDGE % 'api'}\nprint(*ask('GET', '/sandbox/requests')[:2])").split(
            " ", 1
        )
        cell.institution.redirects = False
        assert status == "502"
        assert '"error"' in body
