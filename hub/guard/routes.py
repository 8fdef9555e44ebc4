"""Which routes of the notebook server people may reach. An allow-list: an unknown route is refused.

Refused are the routes that hand out files or run something beside the kernel: files, view, nbconvert, terminals,
language servers, metrics, extension management. A test lists every route of the installed JupyterLab and fails when one
has no written decision (tests/hub/guard/routes.txt), so that an upgrade cannot open a door unseen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ID = r"[\w-]+"
_PATH = r"(?:/.*)?"


@dataclass(frozen=True, slots=True)
class Route:
    """One open route: path below the server's own prefix, and the methods that may pass."""

    path: re.Pattern[str]
    methods: frozenset[str]
    websocket: bool = False

    @classmethod
    def of(cls, path: str, methods: str, websocket: bool = False) -> Route:
        """Return the route for a pattern over the whole path."""
        return cls(re.compile(path, re.DOTALL), frozenset(methods.split()), websocket)


OPEN = (
    # The pages and their parts.
    Route.of(r"/?", "GET HEAD"),
    Route.of(r"/(lab|doc)(/workspaces/[\w-]+)?(/tree/.*)?/?", "GET HEAD"),
    Route.of(r"/oauth_callback", "GET"),
    Route.of(r"/(favicon\.ico|robots\.txt)", "GET HEAD"),
    Route.of(r"/static/.+", "GET HEAD"),
    Route.of(r"/lab/extensions/.+", "GET HEAD"),
    Route.of(r"/lab/api/(themes|translations)(/.*)?", "GET HEAD"),
    Route.of(r"/lab/api/settings(/.*)?", "GET PUT"),
    Route.of(r"/lab/api/workspaces(/.*)?", "GET PUT POST DELETE"),
    Route.of(r"/lab/api/listings/.*", "GET"),
    Route.of(r"/lab/api/build", "GET"),
    Route.of(r"/kernelspecs/[\w.%-]+/(logo-[\w.-]+|kernel\.(js|css))", "GET HEAD"),
    # Notebooks; see hub.guard.contents for what a body may hold.
    Route.of(rf"/api/contents{_PATH}", "GET POST PUT PATCH DELETE"),
    # Kernels.
    Route.of(r"/api/?", "GET"),
    # Of nbconvert only the list of names, which the menus ask for.
    Route.of(r"/api/(status|me|resolvePath|nbconvert)", "GET"),
    Route.of(r"/api/config/\w+", "GET PUT PATCH"),
    Route.of(r"/api/kernelspecs(/[\w.%-]+)?", "GET"),
    Route.of(rf"/api/(kernels|sessions)(/{_ID})?", "GET POST PATCH DELETE"),
    Route.of(rf"/api/kernels/{_ID}/(restart|interrupt)", "POST"),
    Route.of(rf"/api/kernels/{_ID}/channels", "GET", websocket=True),
    Route.of(r"/api/events", "POST"),
    Route.of(r"/api/events/subscribe", "GET", websocket=True),
    Route.of(r"/api/security/csp-report", "POST"),
)


def decide(method: str, path: str) -> Route | None:
    """Return the open route for a decoded path below the prefix, or None when it is refused.

    A path with a dot segment is refused: what it means depends on who resolves it.
    """
    if any(segment in {".", ".."} for segment in path.split("/")) or "\\" in path or "\0" in path:
        return None
    for route in OPEN:
        if route.path.fullmatch(path):
            return route if method in route.methods else None
    return None
