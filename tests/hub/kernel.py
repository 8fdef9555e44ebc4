"""A person at work in a notebook: starts a kernel and runs cells, by the same requests that JupyterLab makes."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.hub.world import Workplace, xsrf


def start(person: httpx.Client, workplace: Workplace) -> str:
    headers = {"X-XSRFToken": xsrf(person, workplace.notebook), "Sec-Fetch-Mode": "cors"}
    answer = person.post(f"{workplace.notebook}/api/kernels", json={"name": "python3"}, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def channels(person: httpx.Client, workplace: Workplace, kernel: str) -> ClientConnection:
    address = f"{workplace.settings.hub_url}{workplace.notebook}/api/kernels/{kernel}/channels"
    request = person.build_request("GET", address)
    return connect(
        address.replace("http", "ws", 1), additional_headers={"Cookie": request.headers["Cookie"]},
        origin=workplace.settings.hub_url, proxy=None, max_size=None,
    )  # fmt: skip


def run(channel: ClientConnection, code: str) -> str:
    """Run one cell and return everything it showed."""
    message = {
        "header": {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "username": "", "session": "s", "version": "5.3"},
        "parent_header": {}, "metadata": {}, "channel": "shell", "buffers": [],
        "content": {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False},
    }  # fmt: skip
    channel.send(json.dumps(message))
    shown = ""
    while True:
        answer: dict[str, Any] = json.loads(channel.recv(timeout=60))
        if answer["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        content = answer["content"]
        shown += (
            content.get("text", "") + content.get("ename", "") + content.get("data", {}).get("text/plain", "")
        )
        if answer["msg_type"] == "status" and content["execution_state"] == "idle":
            return shown
