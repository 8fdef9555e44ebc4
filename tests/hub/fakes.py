"""A stand-in for the api and the OpenID provider: the hub's own tests need their answers, not their work."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import threading
import time
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

SUBJECT = "p-alice"
TOKEN = "opaque-sandbox-token"
UNMET = [
    {
        "condition": "training",
        "reason": {"nl": "De training <b>is verlopen</b>.", "en": "The training <b>has expired</b>."},
        "remedy": {"nl": "Volg de training opnieuw.", "en": "Take the training again."},
    },
    {
        "condition": "agreement",
        "reason": {"nl": "De overeenkomst is niet getekend.", "en": "The agreement is not signed."},
        "remedy": None,
    },
]


class FakeInstitution:
    """Api and provider in one small server on its own thread; tests change its attributes while it runs."""

    def __init__(self, data_dir: str, service_token: str) -> None:
        self.data_dir, self.service_token = data_dir, service_token
        self.allowed, self.silent, self.redirects = True, False, False
        self.language = "nl"
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one"})
        self.codes: dict[str, dict[str, str]] = {}
        self.claims: dict[str, Any] = {}
        self.sandboxes: set[str] = set()
        self.stopped: list[str] = []
        self.removals: list[dict[str, Any]] = []
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.submitted: list[dict[str, Any]] = []
        self.url = ""
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> FakeInstitution:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        self._loop.run_forever()

    async def _start(self) -> None:
        app = web.Application(middlewares=[self._silence])
        app.router.add_post("/internal/hub/spawn", self.spawn)
        app.router.add_post("/internal/hub/alive", self.alive)
        app.router.add_post("/internal/hub/stopped", self.stop)
        app.router.add_post("/internal/hub/removals", self.due)
        app.router.add_post("/internal/hub/removals/{what}", self.tell)
        app.router.add_route("*", "/sandbox/requests", self.requests)
        app.router.add_post("/hub/api/users/{name}/activity", self.requests)
        app.router.add_get("/.well-known/openid-configuration", self.discovery)
        app.router.add_get("/oidc/jwks", self.jwks)
        app.router.add_get("/oidc/authorize", self.authorize)
        app.router.add_post("/oidc/token", self.token)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self.url = f"http://localhost:{port}"
        self._ready.set()

    @web.middleware
    async def _silence(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.silent:
            return web.Response(status=500, text="<b>broken</b>")
        answer: web.StreamResponse = await handler(request)
        return answer

    def _check(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {self.service_token}":
            raise web.HTTPUnauthorized

    async def spawn(self, request: web.Request) -> web.Response:
        self._check(request)
        if not self.allowed:
            return web.json_response(
                {"allowed": False, "unmet": UNMET, "language": self.language, "sandbox": None}
            )
        name = secrets.token_hex(16)
        self.sandboxes.add(name)
        sandbox = {
            "id": name, "project_number": 7, "data_dir": self.data_dir, "token": TOKEN,
            "memory_bytes": 2**30, "processes": 150, "cpus": 1.0,
        }  # fmt: skip
        return web.json_response(
            {"allowed": True, "unmet": [], "language": self.language, "sandbox": sandbox}
        )

    async def alive(self, request: web.Request) -> web.Response:
        self._check(request)
        asked = (await request.json())["sandboxes"]
        stop = [
            {"id": name, "unmet": UNMET} for name in asked if not self.allowed or name not in self.sandboxes
        ]
        return web.json_response({"stop": stop})

    async def stop(self, request: web.Request) -> web.Response:
        self._check(request)
        self.stopped.append((await request.json())["sandbox"])
        return web.Response(status=204)

    async def due(self, request: web.Request) -> web.Response:
        self._check(request)
        return web.json_response({"projects": self.removals})

    async def tell(self, request: web.Request) -> web.Response:
        self._check(request)
        self.told.append((request.match_info["what"], await request.json()))
        return web.Response(status=204)

    async def requests(self, request: web.Request) -> web.Response:
        if self.redirects:
            raise web.HTTPFound("/internal/health")
        seen = {"headers": dict(request.headers), "body": (await request.read()).decode()}
        self.submitted.append(seen)
        return web.json_response({"id": "R-2026-0001"}, status=202, headers={"Set-Cookie": "api=1"})

    async def discovery(self, _: web.Request) -> web.Response:
        return web.json_response({
            "issuer": self.url, "authorization_endpoint": f"{self.url}/oidc/authorize",
            "token_endpoint": f"{self.url}/oidc/token", "jwks_uri": f"{self.url}/oidc/jwks",
        })  # fmt: skip

    async def jwks(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: web.Request) -> web.Response:
        code = secrets.token_hex(8)
        self.codes[code] = dict(request.query)
        answer = {"code": code, "state": request.query["state"]}
        raise web.HTTPFound(f"{request.query['redirect_uri']}?{urlencode(answer)}")

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        asked = self.codes.pop(str(form["code"]), None)
        verifier = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if asked is None or challenge != asked["code_challenge"] or "Authorization" not in request.headers:
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        claims = {
            "iss": self.url, "sub": SUBJECT, "aud": "hub", "exp": now + 60, "iat": now,
            "nonce": asked["nonce"], "acr": "pwd", "auth_time": now, **self.claims,
        }  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": token})
