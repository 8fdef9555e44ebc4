"""A notebook without a screen: opens a project at the hub, starts a kernel in its sandbox and runs cells over a websocket."""

from __future__ import annotations

import asyncio
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx

from deploy.demo.browser import Browser, JourneyError, Page

SPAWN_SECONDS = 120.0
CELL_SECONDS = 120.0
PAUSE = 0.25
# Kernels may show wide tables in one message; the guard decides what is too much, not this client.
MESSAGE_BYTES = 16 * 1024 * 1024


@dataclass
class Shown:
    """What one cell showed: text, rich output by media type, and the error that it ended with."""

    text: str = ""
    rich: list[dict[str, Any]] = field(default_factory=list)
    error: str | None = None

    def told(self) -> str:
        """Return the text; raises JourneyError when the cell ended with an error."""
        if self.error:
            raise JourneyError(f"a cell ended with {self.error}\n{self.text}")
        return self.text


class Notebook:
    """One person's kernel in the sandbox of one project."""

    def __init__(self, browser: Browser, address: str) -> None:
        """`address` is that of the server (…/user/<subject>/<project>), without a slash at the end."""
        self.browser = browser
        self.address = address
        self.kernel: str | None = None

    def start_kernel(self) -> None:
        """Start a kernel; raises JourneyError when the server refuses."""
        answer = self.browser.client.post(
            f"{self.address}/api/kernels", json={"name": "python3"}, headers=self._headers()
        )
        if answer.status_code != httpx.codes.CREATED:
            raise JourneyError(f"no kernel: {answer.status_code} {answer.text[:400]}")
        self.kernel = str(answer.json()["id"])

    def run(self, code: str) -> Shown:
        """Run one cell and return what it showed."""
        # In a thread of its own: the caller may have an event loop already, as a browser test has.
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(asyncio.run, self._run_in_time(code)).result()

    def gone(self) -> bool:
        """Tell whether the server no longer answers with a kernel."""
        answer = self.browser.client.get(
            f"{self.address}/api/kernels/{self.kernel}", headers=self._headers(), follow_redirects=False
        )
        return answer.status_code != httpx.codes.OK

    def _headers(self) -> dict[str, str]:
        tokens = [
            cookie.value or ""
            for cookie in self.browser.client.cookies.jar
            if cookie.name == "_xsrf" and self.address.endswith(cookie.path.rstrip("/"))
        ]
        return {"X-XSRFToken": tokens[-1]} if tokens else {}

    def _cookies(self) -> str:
        request = self.browser.client.build_request("GET", f"{self.address}/api/kernels")
        return str(request.headers.get("cookie", ""))

    async def _run_in_time(self, code: str) -> Shown:
        return await asyncio.wait_for(self._run(code), CELL_SECONDS)

    async def _run(self, code: str) -> Shown:
        session_id = uuid.uuid4().hex
        url = f"{self.address}/api/kernels/{self.kernel}/channels?session_id={session_id}"
        headers = {"Cookie": self._cookies(), "Origin": "/".join(self.address.split("/")[:3])}
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(url, headers=headers, max_msg_size=MESSAGE_BYTES) as socket,
        ):
            request = _execute_request(code, session_id)
            await socket.send_json(request)
            return await _collect(socket, request["header"]["msg_id"])


def _execute_request(code: str, session_id: str) -> dict[str, Any]:
    header = {
        "msg_id": uuid.uuid4().hex,
        "username": "",
        "session": session_id,
        "msg_type": "execute_request",
        "version": "5.3",
        "date": "",
    }
    content = {
        "code": code,
        "silent": False,
        "store_history": True,
        "user_expressions": {},
        "allow_stdin": False,
    }
    return {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": "shell",
        "buffers": [],
    }


async def _collect(socket: aiohttp.ClientWebSocketResponse, asked: str) -> Shown:
    shown = Shown()
    async for frame in socket:
        if frame.type is not aiohttp.WSMsgType.TEXT:
            break
        message = frame.json()
        if message.get("parent_header", {}).get("msg_id") != asked:
            continue
        _take(shown, message["msg_type"], message["content"])
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return shown
    raise JourneyError("the kernel's websocket closed before the cell was done")


def _take(shown: Shown, kind: str, content: dict[str, Any]) -> None:
    if kind == "stream":
        shown.text += content["text"]
    elif kind in ("display_data", "execute_result"):
        shown.rich.append(content["data"])
    elif kind == "error":
        shown.error = f"{content['ename']}: {content['evalue']}"


def wait_for_server(browser: Browser, page: Page, address: str) -> Notebook:
    """Wait, after `page` asked for a spawn, until the server at `address` answers with JupyterLab.

    Raises JourneyError when that takes too long or the hub says that it failed.
    """
    deadline = time.monotonic() + SPAWN_SECONDS
    while time.monotonic() < deadline:
        answer = browser.client.get(f"{address}/lab")
        if answer.status_code == httpx.codes.OK and "jupyter-config-data" in answer.text:
            return Notebook(browser, address)
        time.sleep(PAUSE)
    raise JourneyError(
        f"no sandbox at {address} after {SPAWN_SECONDS:.0f} s; the hub said: {page.words[:400]}"
    )
