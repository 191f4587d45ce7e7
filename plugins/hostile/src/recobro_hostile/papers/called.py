"""Legal channels, each with one defect in what they make of their lawyers' calls."""

from __future__ import annotations

from dataclasses import replace

from recobro_hostile.papers.follower import Called, HonestFollower
from recobro_sdk import CallbackResult, HandoffRef, InboundCall, PluginEvent


class SettlesByNumber(HonestFollower):
    """Names cases to the host by numbers that the host does not know."""

    code = "hostile_calls_settle_by_number"

    def called(self, told: Called) -> CallbackResult:
        """By the lawyers' own."""
        return CallbackResult(settled=tuple(f"CASE/{place}" for place, _ in enumerate(told.handoffs)))


class TellsWhomItIsAbout(HonestFollower):
    """Tells everybody at the agency whom a call is about."""

    code = "hostile_calls_tell_whom_it_is_about"

    async def receive_call(self, call: InboundCall) -> CallbackResult:
        """With all that came."""
        found = await super().receive_call(call)
        return replace(found, events=(PluginEvent("case_called", {"call": call.body.decode()}),))


class BelievesAnybody(HonestFollower):
    """Believes calls that nobody signed."""

    code = "hostile_calls_believe_anybody"

    async def verify_call(self, call: InboundCall) -> str:
        """With or without."""
        return await super().verify_call(call) if call.headers else "unsigned"


class AsksWhileItIsCalled(HonestFollower):
    """Asks the lawyers, while they wait, whether it was they."""

    code = "hostile_calls_ask_while_called"

    async def verify_call(self, call: InboundCall) -> str:
        """And then looks itself."""
        found = await super().verify_call(call)
        await self.news(HandoffRef("handoff-1"))
        return found


class CountsCalls(HonestFollower):
    """Settles other cases each time that it is called."""

    code = "hostile_calls_count"

    async def receive_call(self, call: InboundCall) -> CallbackResult:
        """Only what is new to it."""
        found = await super().receive_call(call)
        new = [one for one in found.settled if await self._context.store.add(f"called.{one}", {})]
        return CallbackResult(settled=tuple(new))
