"""Where a login may lead to: pages of our own, never another site (open redirect, OWASP)."""

from __future__ import annotations

import re

START = "/"
# A second slash, or a backslash that browsers read as one, would begin the name of a host; browsers also drop
# tabs and line ends from addresses, so no control character or space may hide one.
_OWN = re.compile(r"/(?![/\\])[^\x00-\x20\\\x7f]{0,1500}")


def own_path(wanted: str | None) -> str:
    """Return `wanted` when it is a path of ours, else the start page; the login itself is no place to go to."""
    if wanted is None or not _OWN.fullmatch(wanted) or wanted.startswith(("/auth/", "/oidc/")):
        return START
    return wanted
