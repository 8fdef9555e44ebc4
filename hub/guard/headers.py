"""Which headers and cookies pass between a browser and a hostile notebook server that shares the hub's origin.

Hub and notebooks have one origin (host and port), told apart by path only. So the notebook's pages must not script the
hub's pages, set the hub's cookies, or register anything that outlives them. Both directions are allow-lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote, unquote, urlsplit

from multidict import CIMultiDict

REQUEST = (
    "Accept", "Accept-Language", "Content-Type", "Host", "If-Modified-Since", "If-None-Match", "Origin", "Referer",
    "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "User-Agent", "X-XSRFToken",
    "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Scheme",
)  # fmt: skip
# Absent on purpose: Service-Worker-Allowed (a worker over the hub's paths), Clear-Site-Data (logs everybody out),
# Refresh and Link (navigation and fetches past the policy), Content-Disposition (downloads), any CORS permission.
RESPONSE = ("Cache-Control", "Content-Type", "ETag", "Last-Modified", "Vary", "X-JupyterHub-Version")
# The proxy in front takes 16 KiB of headers and else answers with a page of its own, which has no policy.
LONGEST_VALUE = 256
MOST_COOKIES = 8
LONGEST_COOKIE = 1500
LOGIN = "/hub/api/oauth2/authorize"
# Neither spaces nor control characters, which browsers drop, nor backslashes, which they turn.
_PLAIN = re.compile(r"[!-\[\]-~]*")
_KEPT = range(1, LONGEST_VALUE + 1)
_COOKIE_VALUE = re.compile(r"[\w!#$%&'()*+./:<=>?@\[\]^`{|}~\"-]*")


@dataclass(frozen=True, slots=True)
class Site:
    """Whose notebook server this is and where browsers reach it."""

    subject: str
    project: str
    public_url: str

    @property
    def prefix(self) -> str:
        """Path of the server without the last slash, as the proxy sends it."""
        return f"/user/{quote(self.subject, safe='@~')}/{quote(self.project, safe='')}"

    @property
    def host(self) -> str:
        """Host and port by which browsers know this server."""
        return urlsplit(self.public_url).netloc

    @property
    def own_cookie(self) -> str:
        """Name of the cookie in which the server keeps the person's login; variants for a login under way follow it."""
        return f"jupyterhub-user-{self.subject}-{self.project}"

    def owns_cookie(self, name: str) -> bool:
        """Whether the notebook server may receive and set this cookie."""
        return name == "_xsrf" or name == self.own_cookie or name.startswith(f"{self.own_cookie}-oauth-state")

    @property
    def policy(self) -> str:
        """Content-Security-Policy of every answer.

        Sources carry the server's own path, so a page cannot fetch or frame the hub although it shares its origin;
        a redirect would lift the path, which is why redirects elsewhere are refused. No frames, no plugins. The sandbox
        directive leaves out downloads (a comfort: the bytes are in the browser) and navigation of other windows.
        """
        own = f"{self.public_url.rstrip('/')}{self.prefix}/"
        socket = re.sub(r"^http", "ws", own)
        return "; ".join((
            "default-src 'none'",
            f"script-src {own} 'unsafe-inline' 'unsafe-eval'",
            f"style-src {own} 'unsafe-inline'",
            f"img-src {own} data: blob:",
            f"font-src {own} data:",
            f"media-src {own} data: blob:",
            f"connect-src {own} {socket} data:",
            f"worker-src {own} blob:",
            f"manifest-src {own}",
            f"form-action {own}",
            f"base-uri {own}",
            "frame-src blob:", "object-src 'none'", "frame-ancestors 'none'", "webrtc 'block'",
            "sandbox allow-scripts allow-same-origin allow-forms allow-modals"
            " allow-popups allow-popups-to-escape-sandbox",
        ))  # fmt: skip


def to_server(headers: Mapping[str, str], site: Site) -> CIMultiDict[str]:
    """Headers that a request keeps on its way in. No Authorization: a stolen token opens nothing from outside."""
    kept = CIMultiDict((name, headers[name]) for name in REQUEST if name in headers)
    cookies = _cookies_in(headers.get("Cookie", ""), site)
    if cookies:
        kept["Cookie"] = cookies
    # Bytes are counted and compared as they are, not as they are packed.
    kept["Accept-Encoding"] = "identity"
    return kept


def _cookies_in(header: str, site: Site) -> str:
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    # The session id tells the server that a login ended; it opens nothing.
    return "; ".join(
        f"{name}={value}"
        for name, _, value in pairs
        if site.owns_cookie(name) or name == "jupyterhub-session-id"
    )


def to_browser(headers: Mapping[str, str], set_cookies: Iterable[str], site: Site) -> CIMultiDict[str]:
    """What an answer keeps of the server's own headers on its way out; `own` is added to it."""
    kept = CIMultiDict((name, headers[name]) for name in RESPONSE if len(headers.get(name, "")) in _KEPT)
    cookies = [cookie for line in set_cookies for cookie in cookies_out(line, site)]
    for cookie in cookies[:MOST_COOKIES]:
        kept.add("Set-Cookie", cookie)
    return kept


def own(site: Site) -> dict[str, str]:
    """The headers of every answer of the guard, whoever it comes from.

    "same-origin" with "require-corp" is a policy that no other answer at this origin has (the hub's, the proxy's): a
    notebook page loses every window that it opens on something else, and with it the way to act in that window's name.
    """
    return {
        "Content-Security-Policy": site.policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }


def weight(headers: CIMultiDict[str]) -> int:
    """Bytes that the server says in its headers."""
    return sum(len(name) + len(value) for name, value in headers.items())


def cookies_out(line: str, site: Site) -> list[str]:
    """Rewrite one Set-Cookie: own names only, below the own path only, never for a domain."""
    parsed: SimpleCookie = SimpleCookie()
    try:
        parsed.load(line)
    except CookieError:
        return []
    kept = []
    for name, morsel in parsed.items():
        if not site.owns_cookie(name) or not _COOKIE_VALUE.fullmatch(morsel.coded_value):
            continue
        if not f"{morsel['path'].rstrip('/')}/".startswith(f"{site.prefix}/"):
            continue
        morsel["domain"] = ""
        if len(line_out := morsel.OutputString()) <= LONGEST_COOKIE:
            kept.append(line_out)
    return kept


def location(target: str, site: Site, visit: bool) -> str | None:
    """Return where a redirect may lead: below the own prefix or, for a `visit`, to the hub's login for this server; else None.

    A visit is a person who goes to a page. The redirect of a script's request would show the script the hub's answer.
    """
    if not _PLAIN.fullmatch(target) or target.startswith("//"):
        return None
    parts, public = urlsplit(target), urlsplit(site.public_url)
    if (parts.scheme or parts.netloc) and (parts.scheme, parts.netloc) != (public.scheme, public.netloc):
        return None
    # Browsers resolve dot segments in every spelling.
    if any(unquote(segment) in {".", ".."} for segment in parts.path.split("/")):
        return None
    if parts.path == LOGIN:
        return target if visit and parse_qs(parts.query).get("client_id") == [site.own_cookie] else None
    return target if f"{parts.path}/".startswith(f"{site.prefix}/") else None
