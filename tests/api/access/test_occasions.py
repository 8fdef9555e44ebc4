"""Hours by the Dutch clock, networks, and the strength and age of the login: at their edges, and closed on doubt."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

import pytest

from api.access.circumstances import Circumstances, Login, Met, Unmet
from api.access.conditions import parse
from api.access.words import ZONE
from api.errors import InvalidError

OFFICE = {"condition": "hours", "days": ["monday", "friday"], "begin": "08:30", "end": "17:00"}
MONDAY = dt.date(2026, 7, 6)
NOON = dt.datetime(2026, 7, 6, 12, tzinfo=dt.UTC)
HOME = Login("mfa", True, NOON, "192.0.2.7")


def at_hand(at: dt.datetime, login: Login | None = None) -> Circumstances:
    """These conditions look at nobody: only at the moment and at what was shown."""
    return Circumstances(cast(Any, None), cast(Any, None), at, None, False, login)


def answer(document: dict[str, Any], at: dt.datetime = NOON, login: Login | None = None) -> Met | Unmet:
    return parse(document).check(at_hand(at, login))


def on_the_wall(day: dt.date, hour: int, minute: int = 0, second: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute, second), ZONE)


@pytest.mark.parametrize("day", [MONDAY, dt.date(2026, 1, 5)], ids=["summer", "winter"])
@pytest.mark.parametrize(
    ("clock", "met"),
    [((8, 29, 59), False), ((8, 30, 0), True), ((16, 59, 59), True), ((17, 0, 0), False)],
)
def test_hours_are_those_of_the_clock_on_the_wall(
    day: dt.date, clock: tuple[int, int, int], met: bool
) -> None:
    assert isinstance(answer(OFFICE, on_the_wall(day, *clock)), Met) is met


def test_the_same_hour_in_utc_is_another_in_summer_than_in_winter() -> None:
    begin = {**OFFICE, "begin": "09:00"}
    assert isinstance(answer(begin, dt.datetime(2026, 7, 6, 7, 30, tzinfo=dt.UTC)), Met)
    assert isinstance(answer(begin, dt.datetime(2026, 1, 5, 7, 30, tzinfo=dt.UTC)), Unmet)


def test_another_day_is_refused_with_the_moment_to_come_back() -> None:
    refused = answer(OFFICE, on_the_wall(MONDAY + dt.timedelta(days=1), 9))
    assert isinstance(refused, Unmet)
    assert refused.reason.en == "This may only be done on Monday, Friday from 08:30 to 17:00."
    assert refused.remedy.en == "Come back from 10 July 2026 at 08:30."
    assert refused.remedy.nl == "Kom terug vanaf 10 juli 2026 om 08:30."


def test_who_is_late_on_the_only_day_comes_back_a_week_later() -> None:
    refused = answer({**OFFICE, "days": ["monday"]}, on_the_wall(MONDAY, 20))
    assert isinstance(refused, Unmet)
    assert "13 July 2026 at 08:30" in refused.remedy.en


def test_a_night_in_which_the_clock_skips_an_hour_has_a_beginning() -> None:
    night = {"condition": "hours", "days": ["sunday"], "begin": "02:30", "end": "05:00"}
    before = dt.datetime(2026, 3, 29, 0, 30, tzinfo=dt.UTC)
    refused = answer(night, before)
    assert isinstance(refused, Unmet)
    assert "29 March 2026 at 03:30" in refused.remedy.en
    assert isinstance(answer(night, before + dt.timedelta(hours=1)), Met)


def test_midnight_is_the_end_of_the_day() -> None:
    always = {**OFFICE, "days": ["monday"], "begin": "00:00", "end": "00:00"}
    assert isinstance(answer(always, on_the_wall(MONDAY, 23, 59, 59)), Met)
    assert isinstance(answer(always, on_the_wall(MONDAY, 0)), Met)
    refused = answer(always, on_the_wall(MONDAY + dt.timedelta(days=1), 0))
    assert isinstance(refused, Unmet)
    assert "from 00:00 to 24:00" in refused.reason.en


@pytest.mark.parametrize(
    "document",
    [
        {**OFFICE, "days": []},
        {**OFFICE, "days": ["maandag"]},
        {**OFFICE, "begin": "18:00"},
        {**OFFICE, "begin": "25:00"},
        {**OFFICE, "begin": "08:30+01:00"},
        {"condition": "network", "networks": []},
        {"condition": "network", "networks": ["10.1.2.3/16"]},
        {"condition": "network", "networks": ["everywhere"]},
        {"condition": "network"},
        {"condition": "strong_login", "minutes": 0},
        {"condition": "strong_login", "minutes": "60"},
        {"condition": "strong_login", "minutes": {1, 2}},
    ],
)
def test_what_makes_no_sense_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidError):
        parse(document)


NETWORKS = {"condition": "network", "networks": ["10.1.0.0/16", "2001:db8::/32"]}


@pytest.mark.parametrize(
    ("address", "met"),
    [
        ("10.1.255.255", True),
        ("10.2.0.0", False),
        ("::ffff:10.1.0.1", True),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("", False),
        ("10.1.0.1, 192.0.2.7", False),
        ("testclient", False),
    ],
)
def test_only_addresses_in_the_networks_may(address: str, met: bool) -> None:
    found = answer(NETWORKS, login=Login("mfa", True, NOON, address))
    assert isinstance(found, Met) is met
    if isinstance(found, Unmet):
        assert "10.1.0.0/16, 2001:db8::/32" in found.remedy.en


@pytest.mark.parametrize("document", [NETWORKS, {"condition": "strong_login"}])
def test_nobody_at_the_door_is_refused(document: dict[str, Any]) -> None:
    found = answer(document)
    assert isinstance(found, Unmet)
    assert found.reason.en == "This is tested once the person comes."


RECENT = {"condition": "strong_login", "minutes": 60}
MINUTE = dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("age", "met"),
    [(0 * MINUTE, True), (60 * MINUTE, True), (60 * MINUTE + MINUTE / 60, False), (-2 * MINUTE, False)],
)
def test_a_login_counts_until_it_is_too_old_and_not_from_the_future(age: dt.timedelta, met: bool) -> None:
    assert isinstance(answer(RECENT, login=Login("mfa", True, NOON - age, "")), Met) is met


def test_a_workplace_goes_on_with_the_login_it_was_opened_with() -> None:
    opened = Login("mfa", True, NOON, "", shown_at=NOON + 30 * MINUTE)
    assert isinstance(answer(RECENT, NOON + 600 * MINUTE, opened), Met)


def test_a_weak_login_is_refused_however_recent() -> None:
    weak = answer({"condition": "strong_login"}, login=Login("pwd", False, NOON, ""))
    assert isinstance(weak, Unmet)
    assert weak.reason.en == "You logged in without a second factor."
    assert isinstance(answer({"condition": "strong_login"}, NOON + 9999 * MINUTE, HOME), Met)


def test_what_was_set_is_told_to_who_confirms_it() -> None:
    told = [parse(one).details for one in (OFFICE, NETWORKS, RECENT)]
    assert [words.en for words in told if words] == [
        "Monday, Friday from 08:30 to 17:00",
        "10.1.0.0/16, 2001:db8::/32",
        "60 minutes old at most",
    ]
    assert parse({"condition": "strong_login"}).details is None
    assert parse({"condition": "employed"}).details is None
