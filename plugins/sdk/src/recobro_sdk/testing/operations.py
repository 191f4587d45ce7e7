"""Checks of an offer that does something: asks a provider, sends, hands over, builds."""

from __future__ import annotations

import asyncio
import contextlib
import io
import uuid
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, Final, TypeVar, get_type_hints

from pydantic import TypeAdapter

from recobro_sdk.testing import seal
from recobro_sdk.testing.base import Seen, assert_not_in
from recobro_sdk.testing.checks import inexact_values, longest_gap_ms, swallowed_cancellations
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.faults import Fault
from recobro_sdk.testing.faulty_calls import FaultConformance
from recobro_sdk.testing.state import changed, module_state, shared_objects

T = TypeVar("T")

_AT_ONCE: Final = 20
_LONGEST_GAP_MS: Final = 50
_DEADLINE_GRACE_S: Final = 1.0


class OperationConformance(FaultConformance[T]):
    """Checks of the one method that an offer is there for; a kit for each contract says what a call of it is."""

    def test_is_written(self) -> None:
        """The method that the offer is there for does something. While it does not, the other checks wait for it."""
        try:
            self.run(lambda service, _: self.act(service))
        except seal.NotWritten:
            raise AssertionError(f"{self.operation}() is not written yet") from None
        except Exception:
            return  # another check says what is wrong with it

    def test_call_ends(self) -> None:
        """A call that works ends, within the patience of the kit."""
        self.run(lambda service, _: self.act(service))

    def test_answer_crosses_processes(self) -> None:
        """The answer is of the annotated type to its last field, so that it survives becoming JSON and back."""
        answer = self.run(lambda service, _: self.act(service))
        adapter: TypeAdapter[Any] = TypeAdapter(get_type_hints(getattr(self.protocol, self.operation))["return"])
        adapter.validate_python(answer, strict=True)
        assert adapter.validate_json(adapter.dump_json(answer, warnings="error")) == answer, "JSON changes the answer"

    def test_money_is_exact(self) -> None:
        """No number of the answer is a float, in JSON that it carries included."""
        assert inexact_values(self.run(lambda service, _: self.act(service))) == []

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

    def test_deadline_is_respected(self) -> None:
        """When the host's deadline passes while the provider is silent, the call ends within a second."""

        async def scenario(service: T, context: FakeContext) -> bool:
            context.wire.always = Fault.HANGS
            call = asyncio.ensure_future(self.ended(service, context))
            await asyncio.wait({call}, timeout=0.2)
            call.cancel()
            done, _ = await asyncio.wait({call}, timeout=_DEADLINE_GRACE_S)
            if done and not call.cancelled() and isinstance(call.exception(), NotImplementedError):
                raise NotImplementedError(self.operation)
            return bool(done)

        assert self.run(scenario), "the call goes on after the deadline"

    def test_cancellation_is_not_swallowed(self) -> None:
        """A cancelled call ends as cancelled, wherever it was waiting, and the same key still works afterwards."""

        async def scenario(service: T, _: FakeContext) -> list[int]:
            found = await swallowed_cancellations(lambda: _coroutine(self.act(service)))
            await self.act(service)
            return found

        assert self.run(scenario) == [], "a cancellation was swallowed"

    def test_loop_is_not_blocked(self) -> None:
        """The event loop is never held for 50 ms; best of three, because a busy machine is not the plugin's fault."""

        async def scenario(service: T, _: FakeContext) -> int:
            gaps: list[int] = []
            while len(gaps) < 3 and min(gaps, default=_LONGEST_GAP_MS) >= _LONGEST_GAP_MS:
                key = f"gap-{len(gaps)}"
                gaps.append(await longest_gap_ms(lambda k=key: self.act(service, k)))
            return min(gaps)

        gap = self.run(scenario)
        assert gap < _LONGEST_GAP_MS, f"the loop was held for {gap} ms"

    def test_logs_and_messages_keep_secrets(self) -> None:
        """No document number, name, address or secret in any log, on the console, or in an error's message."""
        told, errors = io.StringIO(), list[str]()

        async def scenario(service: T, context: FakeContext) -> str:
            for fault in (None, Fault.STATUS_500, Fault.NOT_JSON, Fault.REFUSED_KEY):
                context.wire.always = fault
                end = await self.ended(service, context, f"log-{fault}")
                errors.append(f"{end.error!r} {end.error} {getattr(end.error, 'safe_message', '')}")
            return context.logged_text()

        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            logged = self.run(scenario)
        forbidden = [*self.personal_data(), *self.secret_values()]
        assert_not_in(forbidden, f"{logged}\n{told.getvalue()}\n{' '.join(errors)}", "a log or message")

    def test_urls_keep_personal_data_out(self) -> None:
        """No personal data and no secret in an address: addresses are written to logs on the way."""

        async def scenario(service: T, context: FakeContext) -> str:
            await self.act(service)
            return " ".join(request.url for request in context.wire.sent)

        assert_not_in([*self.personal_data(), *self.secret_values()], self.run(scenario), "an address")

    def test_goes_out_through_the_host_only(self) -> None:
        """Everything that leaves goes through the context, to hosts that the manifest declares."""
        seen = Seen()

        async def scenario(service: T, context: FakeContext) -> list[str]:
            await self.ended(service, context)
            return context.wire.refused

        refused = self.run(scenario, seen=seen)
        assert refused == [], f"hosts that the manifest does not declare: {sorted(set(refused))}"
        assert seen.connections.abroad == [], f"connections beside the context: {sorted(set(seen.connections.abroad))}"
        assert seen.connections.beside == [], "connections beside the context's client and its connect"

    def test_leaves_nothing_running(self) -> None:
        """After `close` no task and no thread of the plugin is left."""
        seen = Seen()
        self.run(lambda service, _: self.act(service), seen=seen)
        assert seen.tasks == [], f"tasks are left: {seen.tasks}"
        assert seen.threads == [], f"threads are left: {seen.threads}"

    def test_agencies_share_nothing(self) -> None:
        """Two agencies' services have no changeable object in common, and a call changes nothing outside its own."""
        package = self.package_name()
        # Once before: what a module makes at its first use, and is then the same for everybody, is not shared state.
        self.run(lambda service, _: self.act(service, "warm-up"), agency="agency-0")
        before = module_state(package)
        services: list[T] = []

        async def scenario(service: T, _: FakeContext) -> None:
            services.append(service)
            await self.act(service, f"share-{len(services)}")

        for agency in ("agency-1", "agency-2"):
            self.run(scenario, agency=agency)
        assert shared_objects(services[0], services[1], package) == [], "both agencies hold the same object"
        assert changed(before, module_state(package)) == [], "a call changes what belongs to every agency"


def _fresh() -> str:
    """A key that the kit's server has not seen: it lives as long as the class, and remembers."""
    return f"key-{uuid.uuid4()}"


async def _coroutine(awaited: Awaitable[Any]) -> Any:
    return await awaited
