"""Conditions on the occasion: at which hours, from which network, and after how strong a login somebody comes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from api.access.circumstances import Answer, Circumstances, Condition, Login, Met, Unmet
from api.access.words import ZONE, in_words
from output_checker.text import Text

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: Final[dict[Day, Text]] = {
    "monday": Text("maandag", "Monday"),
    "tuesday": Text("dinsdag", "Tuesday"),
    "wednesday": Text("woensdag", "Wednesday"),
    "thursday": Text("donderdag", "Thursday"),
    "friday": Text("vrijdag", "Friday"),
    "saturday": Text("zaterdag", "Saturday"),
    "sunday": Text("zondag", "Sunday"),
}
"""The days of the week, in the order of `datetime.weekday()`."""

_MIDNIGHT: Final = dt.time()
_WORKING_DAYS: Final[tuple[Day, ...]] = ("monday", "tuesday", "wednesday", "thursday", "friday")
_AT_THE_LOGIN = Text(
    "Dit wordt getoetst zodra de persoon zelf komt.", "This is tested once the person comes."
)


class Hours(Condition):
    """It is one of these days, between these hours by the clock of the Netherlands, also in summer.

    `begin` counts and `end` does not; an `end` of 00:00 is the end of the day. No period crosses midnight.
    """

    condition: Literal["hours"] = "hours"
    title = Text(nl="Dagen en uren", en="Days and hours")
    days: Annotated[tuple[Day, ...], Field(min_length=1)] = _WORKING_DAYS
    begin: dt.time = dt.time(8)
    end: dt.time = dt.time(18)

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.begin.tzinfo or self.end.tzinfo or self.begin >= self._last:
            raise ValueError("the end does not come after the beginning")
        return self

    @property
    def _last(self) -> dt.time:
        return dt.time.max if self.end == _MIDNIGHT else self.end

    def check(self, at_hand: Circumstances) -> Answer:
        """Look at the clock on the wall: that is the one people agree on."""
        wall, when = at_hand.at.astimezone(ZONE), self.details
        if wall.weekday() in self._weekdays and self.begin <= wall.time() < self._last:
            return Met(Text(nl=f"Nu mag het: {when.nl}.", en=f"Now is a time when it may be: {when.en}."))
        opens = in_words(next(self._openings(at_hand.at)))
        return Unmet(
            Text(nl=f"Dit mag alleen op {when.nl}.", en=f"This may only be done on {when.en}."),
            Text(nl=f"Kom terug vanaf {opens.nl}.", en=f"Come back from {opens.en}."),
        )

    @property
    def _weekdays(self) -> set[int]:
        return {list(DAYS).index(day) for day in self.days}

    def _openings(self, at: dt.datetime) -> Iterator[dt.datetime]:
        """The moments after `at` at which the period begins: eight days hold each day of the week, and today's."""
        today = at.astimezone(ZONE).date()
        for number in range(9):
            day = today + dt.timedelta(days=number)
            # By way of UTC, because an hour that the clocks skip in spring has no place on the wall.
            opens = dt.datetime.combine(day, self.begin, ZONE).astimezone(dt.UTC)
            if opens > at and day.weekday() in self._weekdays:
                yield opens

    @property
    def details(self) -> Text:
        """The days and hours, in words."""
        chosen = [name for day, name in DAYS.items() if day in self.days]
        begin, end = f"{self.begin:%H:%M}", "24:00" if self.end == _MIDNIGHT else f"{self.end:%H:%M}"
        nl, en = ", ".join(day.nl for day in chosen), ", ".join(day.en for day in chosen)
        return Text(nl=f"{nl} van {begin} tot {end} uur", en=f"{en} from {begin} to {end}")


def _network(value: str) -> str:
    return str(ip_network(value))


class Network(Condition):
    """The person comes from one of these networks (CIDR, such as 10.1.0.0/16), as the server itself saw the address."""

    condition: Literal["network"] = "network"
    title = Text(nl="Netwerk", en="Network")
    of_login = True
    networks: Annotated[
        tuple[Annotated[str, AfterValidator(_network)], ...], Field(min_length=1, max_length=50)
    ]

    @property
    def details(self) -> Text:
        """The networks."""
        return Text(nl=", ".join(self.networks), en=", ".join(self.networks))

    def check(self, at_hand: Circumstances) -> Answer:
        """Look in each network; an address that cannot be read is in none."""
        allowed = self.details.nl
        remedy = Text(
            nl=f"Ga naar een werkplek in het netwerk van uw organisatie ({allowed}).",
            en=f"Go to a workplace in the network of your organisation ({allowed}).",
        )
        if at_hand.login is None:
            return Unmet(_AT_THE_LOGIN, remedy)
        address = _address(at_hand.login)
        if address and any(address in ip_network(network) for network in self.networks):
            return Met(Text(nl=f"U komt van {address}.", en=f"You come from {address}."))
        shown = address or Text(nl="een onbekend adres", en="an unknown address")
        nl, en = (shown.nl, shown.en) if isinstance(shown, Text) else (str(shown), str(shown))
        return Unmet(
            Text(nl=f"Vanaf {nl} mag dit niet.", en=f"This may not be done from {en}."),
            remedy,
        )


def _address(login: Login) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(login.address)
    except ValueError:
        return None
    # A server that listens on both kinds sees the older kind wrapped in the newer.
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


class StrongLogin(Condition):
    """The person logged in with a second factor, at most so many minutes before the door opened (none: however long ago)."""

    condition: Literal["strong_login"] = "strong_login"
    title = Text(nl="Sterke login", en="Strong login")
    of_login = True
    minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] | None = None

    @property
    def details(self) -> Text | None:
        """How long ago the login may be."""
        if self.minutes is None:
            return None
        return Text(nl=f"hoogstens {self.minutes} minuten oud", en=f"{self.minutes} minutes old at most")

    def check(self, at_hand: Circumstances) -> Answer:
        """A workplace that runs is not closed because time passes: the login was of now when it opened."""
        remedy = Text(
            nl="Log uit, en log opnieuw in met uw tweede factor.",
            en="Log out, and log in again with your second factor.",
        )
        login = at_hand.login
        if login is None:
            return Unmet(_AT_THE_LOGIN, remedy)
        if not login.strong:
            weak = Text(nl="U logde in zonder tweede factor.", en="You logged in without a second factor.")
            return Unmet(weak, remedy)
        age, since = (login.shown_at or at_hand.at) - login.auth_time, in_words(login.auth_time)
        if self.minutes is not None and not _SKEW <= age <= dt.timedelta(minutes=self.minutes):
            return Unmet(
                Text(
                    nl=f"U logde in op {since.nl}; dat mag hoogstens {self.minutes} minuten geleden zijn.",
                    en=f"You logged in on {since.en}; that may be {self.minutes} minutes ago at most.",
                ),
                remedy,
            )
        return Met(Text(nl=f"U logde sterk in op {since.nl}.", en=f"You logged in strongly on {since.en}."))


_SKEW: Final = dt.timedelta(seconds=-60)
"""How far the issuer's clock may be ahead of ours: a login of later than that was never made."""
