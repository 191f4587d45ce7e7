"""What was broken off is done again, and only that."""

import asyncpg
import pytest

from core.kit import again
from core.kit.errors import Conflict


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again, "PAUSE_S", 0)


@pytest.mark.parametrize("problem", [asyncpg.DeadlockDetectedError, asyncpg.SerializationError])
async def test_what_was_broken_off_is_done_again(problem: type[Exception]) -> None:
    calls = list[int]()

    @again.again
    async def use_case(number: int, *, more: int) -> int:
        calls.append(number)
        if len(calls) < 3:
            raise problem("broken off")
        return number + more

    assert await use_case(1, more=2) == 3
    assert calls == [1, 1, 1]


@pytest.mark.parametrize(
    ("problem", "times"),
    [(asyncpg.DeadlockDetectedError, again.TRIES), (Conflict, 1), (asyncpg.UniqueViolationError, 1)],
)
async def test_what_does_not_end_is_raised_and_what_was_refused_at_once(problem: type[Exception], times: int) -> None:
    calls = list[int]()

    @again.again
    async def use_case() -> None:
        calls.append(1)
        raise problem("no", code="X") if problem is Conflict else problem("no")

    with pytest.raises(problem):
        await use_case()
    assert len(calls) == times
