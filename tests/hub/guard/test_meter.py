from hub.guard.meter import BURST_SECONDS, LONGEST_WAIT_SECONDS, Meter


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_at_once_and_sustained_flow_waits() -> None:
    clock = Clock()
    meter = Meter(budget=10**9, rate=1000, clock=clock)
    assert meter.charge(1000 * BURST_SECONDS) == 0
    assert meter.charge(2000) == 2.0
    clock.now += 4
    assert meter.charge(1000) == 0


def test_a_wait_is_never_longer_than_bearable() -> None:
    assert Meter(budget=10**9, rate=1, clock=Clock()).charge(10**6) == LONGEST_WAIT_SECONDS


def test_the_budget_ends_and_stays_ended() -> None:
    meter = Meter(budget=100, rate=10**6, clock=Clock())
    assert meter.charge(100) == 0
    assert meter.spent
    assert meter.charge(1) is None


def test_a_message_that_does_not_fit_ends_the_budget() -> None:
    """Otherwise small messages could go on for ever beside it."""
    meter = Meter(budget=100, rate=10**6, clock=Clock())
    assert meter.charge(101) is None
    assert meter.charge(1) is None


def test_idle_time_saves_up_no_more_than_one_burst() -> None:
    clock = Clock()
    meter = Meter(budget=10**9, rate=1000, clock=clock)
    clock.now += 10**6
    assert meter.charge(1000 * BURST_SECONDS + 500) == 0.5
