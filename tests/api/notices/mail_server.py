"""A small mail server (RFC 5321) on a port of its own, that keeps what it takes, and refuses or hangs up when told to."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Self, cast


@dataclass
class MailServer:
    """`refusals` are answers to the next mails instead of taking them; `password` is asked for when set."""

    refusals: list[bytes] = field(default_factory=list)
    password: str = ""
    certificate: ssl.SSLContext | None = None
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        keeper = self

        class Handler(_Conversation):
            server_of = keeper

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return cast(int, self._server.server_address[1])


class _Conversation(socketserver.StreamRequestHandler):
    server_of: MailServer

    def handle(self) -> None:
        self._let_in = not self.server_of.password
        self._say(b"220 mail.example ready")
        while line := self.rfile.readline():
            verb, _, rest = line.strip().partition(b" ")
            if verb.upper() == b"QUIT":
                self._say(b"221 bye")
                return
            self._answer(verb.upper(), rest)

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")

    def _answer(self, verb: bytes, rest: bytes) -> None:
        if verb == b"EHLO":
            self._offer()
        elif verb == b"STARTTLS":
            self._close_the_way()
        elif verb == b"AUTH":
            self._let_in = (
                base64.b64decode(rest.split()[-1]).split(b"\0")[2].decode() == self.server_of.password
            )
            self._say(b"235 welcome" if self._let_in else b"535 wrong")
        elif verb == b"RCPT":
            self.server_of.recipients.append(rest.decode())
            self._say(b"250 ok" if self._let_in else b"530 log in first")
        elif verb == b"DATA":
            self._take()
        else:
            self._say(b"250 ok")

    def _offer(self) -> None:
        self._say(b"250-mail.example")
        if self.server_of.certificate:
            self._say(b"250-STARTTLS")
        self._say(b"250 AUTH PLAIN" if self.server_of.password else b"250 SIZE 1000000")

    def _close_the_way(self) -> None:
        assert self.server_of.certificate
        self._say(b"220 go on")
        self.request = self.server_of.certificate.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)

    def _take(self) -> None:
        self._say(b"354 go on")
        lines = iter(self.rfile.readline, b".\r\n")
        content = b"".join(line.removeprefix(b".") if line.startswith(b"..") else line for line in lines)
        if self.server_of.refusals:
            self._say(self.server_of.refusals.pop(0))
            return
        letter = message_from_bytes(content, policy=policy.default)
        self.server_of.taken.append(cast(EmailMessage, letter))
        self._say(b"250 taken")
