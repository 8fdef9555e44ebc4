"""The headers that keep a browser from doing on our pages what we did not write.

Content Security Policy level 3 with a nonce per answer and Trusted Types; nothing is loaded from elsewhere, no page can be
framed. ``form-action`` names the hub because the form of the login page ends, by redirects, at the hub's callback, and
browsers apply the directive to the redirects too.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_IMMUTABLE = "public, max-age=31536000, immutable"
_STATIC = "/static/"


def page_policy(nonce: str, hub_url: str) -> str:
    """Return the Content Security Policy of a page."""
    directives = (
        "default-src 'none'",
        f"script-src 'nonce-{nonce}'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        f"form-action 'self' {hub_url}",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types htmx",
    )
    return "; ".join(directives)


def protect(headers: MutableHeaders, nonce: str, hub_url: str, lasting: bool = False) -> None:
    """Add the headers to those of an answer; what is not a page may load nothing, and only `lasting` files are kept."""
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    if headers.get("content-type", "").startswith("text/html"):
        headers["Content-Security-Policy"] = page_policy(nonce, hub_url)
    else:
        headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    headers.setdefault("Cache-Control", _IMMUTABLE if lasting else "no-store")


@dataclass
class SecurityHeaders:
    """Middleware that gives each request a nonce (``request.state.nonce``) and each answer its headers."""

    app: ASGIApp
    hub_url: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers when its answer starts."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = scope.setdefault("state", {})["nonce"] = secrets.token_urlsafe(18)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                lasting = message["status"] == 200 and scope["path"].startswith(_STATIC)
                protect(MutableHeaders(scope=message), nonce, self.hub_url, lasting)
            await send(message)

        await self.app(scope, receive, guarded)
