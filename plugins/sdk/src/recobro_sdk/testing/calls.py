"""Checks of whatever a service does for a call, with or without an idempotency key."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import Awaitable
from typing import Any, Final, TypeVar, get_type_hints

from pydantic import TypeAdapter

from recobro_sdk.testing import seal
from recobro_sdk.testing.base import Seen, assert_not_in
from recobro_sdk.testing.checks import inexact_values, longest_gap_ms, swallowed_cancellations
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.faults import Fault
from recobro_sdk.testing.faulty_calls import Act, FaultConformance
from recobro_sdk.testing.state import changed, module_state, shared_objects

T = TypeVar("T")

_LONGEST_GAP_MS: Final = 50
_DEADLINE_GRACE_S: Final = 1.0


class CallConformance(FaultConformance[T]):
    """Checks of every call that a kit names in `acts`."""

    async def all_acts(self, service: T, key: str = "call-1") -> list[Any]:
        """Every call, one after the other."""
        return [await self.done(service, act, key) for act in self.acts().values()]

    def test_is_written(self) -> None:
        """The method that the offer is there for does something. While it does not, the other checks wait for it."""
        try:
            self.run(lambda service, _: self.all_acts(service))
        except seal.NotWritten:
            raise AssertionError(f"{self.operation or 'a part of it'} is not written yet") from None
        except Exception:
            return  # another check says what is wrong with it

    def test_call_ends(self) -> None:
        """A call that works ends, within the patience of the kit."""
        self.run(lambda service, _: self.all_acts(service))

    def test_answer_crosses_processes(self) -> None:
        """The answer is of the annotated type to its last field, so that it survives becoming JSON and back."""
        for name, act in self.acts().items():
            answer = self.run(lambda service, _, act=act: self.done(service, act))
            adapter: TypeAdapter[Any] = TypeAdapter(self.answer_type(name))
            adapter.validate_python(answer, strict=True)
            there = adapter.validate_json(adapter.dump_json(answer, warnings="error"))
            assert there == answer, f"{name}: JSON changes the answer"

    def answer_type(self, name: str) -> Any:
        """What the call of this name answers, as it is annotated."""
        return get_type_hints(getattr(self.protocol, name))["return"]

    def test_money_is_exact(self) -> None:
        """No number of the answer is a float, in JSON that it carries included."""
        assert inexact_values(self.run(lambda service, _: self.all_acts(service))) == []

    def test_deadline_is_respected(self) -> None:
        """When the host's deadline passes while the provider is silent, the call ends within a second."""
        for name, act in self.acts().items():
            assert self.run(lambda service, context, act=act: self._ends(service, context, act)), (
                f"{name}: the call goes on after the deadline"
            )

    async def _ends(self, service: T, context: FakeContext, act: Act) -> bool:
        await self.prepared(service, act, "call-1")
        context.wire.always = Fault.HANGS
        call = asyncio.ensure_future(self.ended(service, context, act=act))
        await asyncio.wait({call}, timeout=0.2)
        call.cancel()
        done, _ = await asyncio.wait({call}, timeout=_DEADLINE_GRACE_S)
        if done and not call.cancelled() and isinstance(call.exception(), NotImplementedError):
            raise NotImplementedError(self.operation)
        return bool(done)

    def test_cancellation_is_not_swallowed(self) -> None:
        """A cancelled call ends as cancelled, wherever it was waiting, and the same key still works afterwards."""
        for name, act in self.acts().items():

            async def scenario(service: T, _: FakeContext, act: Act = act) -> list[int]:
                await self.prepared(service, act, "call-1")
                found = await swallowed_cancellations(lambda: _coroutine(act(service, "call-1")))
                await act(service, "call-1")
                return found

            assert self.run(scenario) == [], f"{name}: a cancellation was swallowed"

    def test_loop_is_not_blocked(self) -> None:
        """The event loop is never held for 50 ms; best of three, because a busy machine is not the plugin's fault."""
        for name, act in self.acts().items():

            async def scenario(service: T, _: FakeContext, act: Act = act) -> int:
                gaps: list[int] = []
                while len(gaps) < 3 and min(gaps, default=_LONGEST_GAP_MS) >= _LONGEST_GAP_MS:
                    key = f"gap-{len(gaps)}"
                    await self.prepared(service, act, key)
                    gaps.append(await longest_gap_ms(lambda k=key: act(service, k)))
                return min(gaps)

            gap = self.run(scenario)
            assert gap < _LONGEST_GAP_MS, f"{name}: the loop was held for {gap} ms"

    def test_logs_and_messages_keep_secrets(self) -> None:
        """No document number, name, address or secret in any log, on the console, or in an error's message."""
        told, errors = io.StringIO(), list[str]()

        async def scenario(service: T, context: FakeContext) -> str:
            for fault in (None, Fault.STATUS_500, Fault.NOT_JSON, Fault.REFUSED_KEY):
                context.wire.always = fault
                for act in self.acts().values():
                    end = await self.ended(service, context, f"log-{fault}", act)
                    errors.append(f"{end.error!r} {end.error} {getattr(end.error, 'safe_message', '')}")
            return context.logged_text()

        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            logged = self.run(scenario)
        forbidden = [*self.personal_data(), *self.secret_values()]
        assert_not_in(forbidden, f"{logged}\n{told.getvalue()}\n{' '.join(errors)}", "a log or message")

    def test_urls_keep_personal_data_out(self) -> None:
        """No personal data and no secret in an address: addresses are written to logs on the way."""

        async def scenario(service: T, context: FakeContext) -> str:
            await self.all_acts(service)
            return " ".join(request.url for request in context.wire.sent)

        assert_not_in([*self.personal_data(), *self.secret_values()], self.run(scenario), "an address")

    def test_goes_out_through_the_host_only(self) -> None:
        """Everything that leaves goes through the context, to hosts that the manifest declares."""
        seen = Seen()

        async def scenario(service: T, context: FakeContext) -> list[str]:
            for act in self.acts().values():
                await self.ended(service, context, act=act)
            return context.wire.refused

        refused = self.run(scenario, seen=seen)
        assert refused == [], f"hosts that the manifest does not declare: {sorted(set(refused))}"
        assert seen.connections.abroad == [], f"connections beside the context: {sorted(set(seen.connections.abroad))}"
        assert seen.connections.beside == [], "connections beside the context's client and its connect"

    def test_leaves_nothing_running(self) -> None:
        """After `close` no task and no thread of the plugin is left."""
        seen = Seen()
        self.run(lambda service, _: self.all_acts(service), seen=seen)
        assert seen.tasks == [], f"tasks are left: {seen.tasks}"
        assert seen.threads == [], f"threads are left: {seen.threads}"

    def test_agencies_share_nothing(self) -> None:
        """Two agencies' services have no changeable object in common, and a call changes nothing outside its own."""
        package = self.package_name()
        # Once before: what a module makes at its first use, and is then the same for everybody, is not shared state.
        self.run(lambda service, _: self.all_acts(service, "warm-up"), agency="agency-0")
        before = module_state(package)
        services: list[T] = []

        async def scenario(service: T, _: FakeContext) -> None:
            services.append(service)
            await self.all_acts(service, f"share-{len(services)}")

        for agency in ("agency-1", "agency-2"):
            self.run(scenario, agency=agency)
        assert shared_objects(services[0], services[1], package) == [], "both agencies hold the same object"
        assert changed(before, module_state(package)) == [], "a call changes what belongs to every agency"


async def _coroutine(awaited: Awaitable[Any]) -> Any:
    return await awaited
