"""A circuit breaker: stops asking somebody who keeps failing, and tries again after a while with a single call."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Ticket:
    """The admission of one call; `probe` where it is the one that decides whether to close again."""

    probe: bool = False


def _recent() -> deque[tuple[float, bool]]:
    return deque(maxlen=500)


@dataclass(slots=True)
class Breaker:
    """Opens when more than `share` of at least `least` calls in `window_s` failed; tries again after `cooldown_s`."""

    window_s: float = 300.0
    share: float = 0.35
    least: int = 20
    cooldown_s: float = 120.0
    time: Callable[[], float] = time.monotonic
    _calls: deque[tuple[float, bool]] = field(default_factory=_recent)
    _failures: int = 0
    _opened_at: float | None = None
    _probe: Ticket | None = None

    @property
    def is_open(self) -> bool:
        """Whether calls are refused, or a single one is let through to try."""
        return self._opened_at is not None

    def admit(self) -> Ticket | None:
        """Leave to make a call now, or None; whoever has it must `record` how the call went."""
        if self._opened_at is None:
            return Ticket()
        if self._probe is not None or self.time() - self._opened_at < self.cooldown_s:
            return None
        self._probe = Ticket(probe=True)
        return self._probe

    def trip(self) -> None:
        """Open now, whatever the share of failures is."""
        self._probe = None
        self._open(self.time())

    def record(self, ticket: Ticket, failed: bool | None) -> None:
        """How a call went; None where it says nothing about the other side (cancelled, or refused by ourselves)."""
        if ticket is self._probe:
            self._probe = None
            if failed is not None:
                self._opened_at = self.time() if failed else None
        elif failed is not None and self._opened_at is None:
            self._count(failed)

    def _count(self, failed: bool) -> None:
        now = self.time()
        if len(self._calls) == self._calls.maxlen:
            self._forget_first()
        self._calls.append((now, failed))
        self._failures += failed
        while self._calls[0][0] < now - self.window_s:
            self._forget_first()
        if len(self._calls) >= self.least and self._failures > self.share * len(self._calls):
            self._open(now)

    def _forget_first(self) -> None:
        self._failures -= self._calls.popleft()[1]

    def _open(self, now: float) -> None:
        self._opened_at, self._failures = now, 0
        self._calls.clear()
