"""Checks of an offer that does something under an idempotency key: asks a provider, sends, hands over, builds."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from typing import Any, Final, TypeVar

from recobro_sdk.testing.calls import CallConformance
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.faults import Fault

T = TypeVar("T")

_AT_ONCE: Final = 20


class OperationConformance(CallConformance[T]):
    """Checks of the one method that an offer is there for; a kit for each contract says what a call of it is."""

    def test_same_key_is_one_effect(self) -> None:
        """The same idempotency key gives the same answer, at the same time and an hour later, and one effect."""
        effects, key = self.effects_since(), _fresh()

        async def scenario(service: T, context: FakeContext) -> list[Any]:
            answers = list(await asyncio.gather(*(self.act(service, key) for _ in range(3))))
            context.clock.advance(timedelta(hours=1))
            return [self.comparable(answer) for answer in [*answers, await self.act(service, key)]]

        answers = self.run(scenario)
        assert all(answer == answers[0] for answer in answers), "two answers to one key differ"
        assert effects() in (None, 1), f"one key had {effects()} effects at the provider"

    def test_another_key_is_another_effect(self) -> None:
        """Another idempotency key is another effect, with a number of its own."""

        async def scenario(service: T, _: FakeContext) -> list[object]:
            return [self.number_of(await self.act(service, key)) for key in ("call-1", "call-2")]

        first, second = self.run(scenario)
        assert first != second or first is None, "two keys were taken for one"

    def test_lost_answer_is_one_effect(self) -> None:
        """When the answer is lost on the way, the same key again gives it, and the effect happened once."""
        effects, key = self.effects_since(), _fresh()

        async def scenario(service: T, context: FakeContext) -> list[Any]:
            context.wire.next_faults.append(Fault.CUT)
            await self.ended(service, context, key)
            context.wire.next_faults.clear()
            return [self.comparable(await self.act(service, key)) for _ in range(2)]

        first, second = self.run(scenario)
        assert first == second, "two answers to one key differ"
        assert effects() in (None, 1), f"one key had {effects()} effects at the provider"

    def test_twenty_at_once(self) -> None:
        """Twenty calls at the same time are answered like one after the other, each with its own answer."""

        async def scenario(service: T, _: FakeContext) -> tuple[list[Any], list[Any]]:
            keys = [f"many-{number}" for number in range(_AT_ONCE)]
            together = await asyncio.gather(*(self.act(service, key) for key in keys))
            return [self.comparable(one) for one in together], [
                self.comparable(await self.act(service, key)) for key in keys
            ]

        together, alone = self.run(scenario)
        assert together == alone, "answers were mixed up"
        numbers = [self.number_of(one) for one in together]
        assert None in numbers or len(set(map(repr, numbers))) == _AT_ONCE, "two calls share a number"


def _fresh() -> str:
    """A key that the kit's server has not seen: it lives as long as the class, and remembers."""
    return f"key-{uuid.uuid4()}"
