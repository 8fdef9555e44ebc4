"""Pages of large results: made one at a time and kept for a moment, because anybody may ask for them, as often as they like.

Showing a table of the country takes seconds and a gigabyte. Nothing of it changes any more, and whoever may not be shown it
(any longer) does not come this far.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from api.release.models import Release
from api.requests.verdicts import gists_of

LARGE_CHARACTERS: Final = 2_000_000
"""Characters of the verdicts on a result whose page is kept; others are made in no time."""
KEPT_SECONDS: Final = 60
_MOST_KEPT: Final = 16
Key = tuple[str, int, str]


@dataclass
class KeptPages:
    """The pages that were asked for last, each with the moment until which it is kept."""

    _kept: OrderedDict[Key, tuple[float, str]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Key, make: Callable[[], str]) -> str:
        """Return the page called `key`; it is made when it is not at hand, while whoever else asks for any waits."""
        with self._lock:
            until, page = self._kept.pop(key, (0.0, ""))
            if time.monotonic() >= until:
                until, page = time.monotonic() + KEPT_SECONDS, make()
            self._kept[key] = until, page
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
            return page


_AT_HAND: Final = KeptPages()


def page_of(session: Session, release: Release, language: str, make: Callable[[], str]) -> str:
    """Return the page of a public release in a language as `make` makes it, or made it a moment ago where it is large."""
    gists = gists_of(session, release.request.outputs)
    if release.revocation or sum(one.characters for one in gists.values()) <= LARGE_CHARACTERS:
        return make()
    return _AT_HAND.get((str(session.get_bind().engine.url), release.id, language), make)
