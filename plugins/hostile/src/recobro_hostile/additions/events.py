"""Defects of those who hear of events."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from recobro_hostile.notes import HonestNotes
from recobro_sdk import DomainEvent, EventInterest, PluginError


class HonestEars(HonestNotes):
    """Hears of events, and tells them to the notes."""

    code = "hostile_ears"

    async def hear(self, event: DomainEvent) -> None:
        """Tell one, and note it once."""
        await self.told("/events", {"event": event.id})
        await super().hear(event)


class HearsEverythingTwice(HonestEars):
    """Counts what comes again."""

    code = "hostile_ears_count_twice"

    async def hear(self, event: DomainEvent) -> None:
        """Add one."""
        await super().hear(event)
        before = await self._context.store.get("heard") or {"times": 0}
        await self._context.store.put("heard", {"times": int(str(before["times"])) + 1})


class PassesOverHalf(HonestEars):
    """Says that it is done with what it has not looked at."""

    code = "hostile_ears_pass_over"

    async def handle(self, events: Sequence[DomainEvent]) -> str:
        """The first alone."""
        await super().handle(events[:1])
        return events[-1].cursor


class MakesACursorUp(HonestEars):
    """Gives the cursor of an event that it was not told."""

    code = "hostile_ears_make_a_cursor_up"

    async def handle(self, events: Sequence[DomainEvent]) -> str:
        """One further."""
        return f"{int(await super().handle(events)) + 1:020}"


class KeepsTheLastPlace(HonestEars):
    """Gives the furthest place it ever reached, whatever it is told."""

    code = "hostile_ears_keep_their_place"

    async def handle(self, events: Sequence[DomainEvent]) -> str:
        """The furthest."""
        place = await self._context.store.get("place") or {"cursor": ""}
        reached = max(str(place["cursor"]), await super().handle(events))
        await self._context.store.put("place", {"cursor": reached})
        return reached


class NeverMoves(HonestEars):
    """Stands still at the first event."""

    code = "hostile_ears_never_move"

    async def handle(self, events: Sequence[DomainEvent]) -> str:
        """The first, for ever."""
        await super().handle(events)
        return "0" * 20


class ForgetsWhatItBegan(HonestEars):
    """Notes an event before it is done, and thinks after a crash that it was."""

    code = "hostile_ears_forget"

    async def hear(self, event: DomainEvent) -> None:
        """Note first, and do it afterwards."""
        if await self._context.store.add(f"begun.{event.id}", {}):
            await asyncio.sleep(0)
            await super().hear(event)


class LosesWhatFails(HonestEars):
    """Goes on to the next event where one fails."""

    code = "hostile_ears_lose_what_fails"

    async def handle(self, events: Sequence[DomainEvent]) -> str:
        """As if nothing was."""
        for event in events:
            try:
                await self.hear(event)
            except PluginError:
                continue
        return events[-1].cursor


class ChangesItsMind(HonestEars):
    """Wants to hear of something else each time."""

    code = "hostile_ears_change_their_mind"
    asked = 0

    def interests(self) -> Sequence[EventInterest]:
        """One more."""
        self.asked += 1
        return (*super().interests(), EventInterest("debt.demanded", self.asked))


class StampsWhatItTells(HonestEars):
    """Tells an event under another number each time, so that nobody knows it again."""

    code = "hostile_ears_stamp"

    async def hear(self, event: DomainEvent) -> None:
        """Count."""
        self.heard = getattr(self, "heard", 0) + 1
        await self.told("/events", {"event": event.id, "number": self.heard})
        await self._context.store.add(f"event.{event.id}", {"name": event.name})


class LogsWhatItHears(HonestEars):
    """Writes what happened into its log."""

    code = "hostile_ears_tell"

    async def hear(self, event: DomainEvent) -> None:
        """Tell everybody."""
        self._context.log.info("heard", about=event.data["payment"])
        await super().hear(event)
