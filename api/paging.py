"""Parts of long lists: where the next one begins, and how routes and pages ask for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Generic, TypeVar

from fastapi import Query
from pydantic import AfterValidator

from api.db import LARGEST_INTEGER

T = TypeVar("T")

PAGE_SIZE: Final = 50
LARGEST_PAGE: Final = 200

Offset = Annotated[
    int,
    Query(ge=0, description="How many to pass over."),
    AfterValidator(lambda number: min(number, LARGEST_INTEGER)),
]
"""Beyond all lists is beyond them by however much: no database counts further than that."""
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="The most to be given at once.")]


@dataclass(frozen=True)
class Part(Generic[T]):
    """Some of a list, from `offset` (0-based) on, and how many there are in all."""

    items: Sequence[T]
    total: int
    offset: int

    @property
    def next_offset(self) -> int | None:
        """Where the next part begins, None on the last."""
        after = self.offset + len(self.items)
        return after if after < self.total else None
