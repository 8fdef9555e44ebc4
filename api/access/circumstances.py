"""What a condition is, what it looks at, and the two answers it can give."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from api.access.models import Grant, Project
from api.people.models import Person
from output_checker.text import Text


@dataclass(frozen=True, slots=True)
class Login:
    """What a person showed at the door: how strongly and when they logged in, and from which address they came.

    `shown_at` is when that was: a workplace that runs showed it when it opened (None: just now). `sid` is the issuer's
    name of a login at the hub ("": it gave none) and `began` when that login there began (None: in the pages).
    """

    acr: str
    strong: bool
    auth_time: dt.datetime
    address: str
    shown_at: dt.datetime | None = None
    sid: str = ""
    began: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """One person before one project at one moment.

    `grant` is the newest version of the person's grant, None at doors that open by appointment;
    `ever_member` tells whether the person ever had a grant in the project; `login` is None when nobody stands at the
    door, as when somebody else asks: then what depends on it is not met. `datasets` names those that it is about.
    """

    person: Person
    project: Project
    at: dt.datetime
    grant: Grant | None
    ever_member: bool
    login: Login | None = None
    datasets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Met:
    """The condition holds; `fact` says why."""

    fact: Text


@dataclass(frozen=True, slots=True)
class Unmet:
    """The condition does not hold; `remedy` says what the person can do about it."""

    reason: Text
    remedy: Text


Answer = Met | Unmet


class Condition(BaseModel, ABC):
    """Something that must be true for a door to open; `title` names it for administrators.

    `of_login` says that it can only be tested while the person is there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    title: ClassVar[Text]
    of_login: ClassVar[bool] = False
    condition: str

    @property
    def details(self) -> Text | None:
        """What an administrator set, in words; None when there is nothing to set."""
        return None

    @abstractmethod
    def check(self, at_hand: Circumstances) -> Answer:
        """Return Met, or Unmet with a reason and a remedy."""
