"""The circuit breaker, with a clock that moves when told."""

from core.plugin_host.breaker import Breaker, Ticket


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _call(breaker: Breaker, failed: bool | None) -> bool:
    ticket = breaker.admit()
    if ticket is None:
        return False
    breaker.record(ticket, failed)
    return True


def test_opens_beyond_the_share_and_tries_again_with_one_call() -> None:
    clock = _Clock()
    breaker = Breaker(time=clock)
    for index in range(20):
        assert _call(breaker, failed=index % 2 == 0)
    assert breaker.is_open and breaker.admit() is None
    clock.now = 121
    probe = breaker.admit()
    assert probe is not None and breaker.admit() is None
    breaker.record(probe, failed=True)
    assert breaker.admit() is None
    clock.now = 242
    assert _call(breaker, failed=False)
    assert not breaker.is_open and _call(breaker, failed=True)


def test_few_calls_or_a_small_share_or_old_failures_do_not_open_it() -> None:
    clock = _Clock()
    breaker = Breaker(time=clock)
    for _ in range(19):
        _call(breaker, failed=True)
    clock.now = 301
    for index in range(100):
        _call(breaker, failed=index % 4 == 0)
    assert not breaker.is_open


def test_a_call_from_before_decides_nothing_and_a_cancelled_probe_is_made_again() -> None:
    clock = _Clock()
    breaker = Breaker(time=clock, least=1)
    late = breaker.admit()
    assert late is not None
    _call(breaker, failed=True)
    assert breaker.is_open
    clock.now = 121
    probe = breaker.admit()
    assert isinstance(probe, Ticket)
    breaker.record(late, failed=False)
    assert breaker.is_open and breaker.admit() is None
    breaker.record(probe, failed=None)
    assert breaker.is_open and breaker.admit() is not None
