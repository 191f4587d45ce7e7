"""What runs of the plugins in this process: for each offer and agency its built provider, its bulkhead, its breaker.

Nothing here is shared between two agencies: the settings of one may point at a provider that fails, and only that
agency is to feel it.
"""

import asyncio
import contextlib
from collections.abc import Callable
from uuid import UUID

import structlog

from core.plugin_host.breaker import Breaker
from core.plugin_host.context import HostContext
from core.plugin_host.offers import LoadedOffer
from recobro_sdk import release

log = structlog.get_logger("recobro.plugins")
BULKHEAD = 4
"""Calls of one agency to one offer at the same time; a plugin that does not stop when told to keeps its place."""
CLOSE_S = 5.0


class Built:
    """A provider built for one agency from one version of its settings. Closed when retired and no call uses it."""

    def __init__(self, loaded: LoadedOffer, version: int, provider: object, context: HostContext) -> None:
        self.loaded, self.version, self.provider, self.context = loaded, version, provider, context
        self._users, self._retired = 0, False
        self.closing: asyncio.Task[None] | None = None

    def enter(self) -> None:
        self._users += 1

    def leave(self) -> None:
        self._users -= 1
        self._close_if_done()

    def retire(self) -> None:
        self._retired = True
        self._close_if_done()

    def _close_if_done(self) -> None:
        if self._retired and not self._users and self.closing is None:
            self.closing = asyncio.get_running_loop().create_task(self.close())

    async def close(self) -> None:
        """Let the plugin release what it holds, for a while; then take its client away."""
        task = asyncio.create_task(_released(self.provider))
        done, _ = await asyncio.wait({task}, timeout=CLOSE_S)
        if not done:
            task.cancel()
            log.error("plugin does not close", plugin=self.loaded.plugin, offer=self.loaded.code)
        elif not task.cancelled() and (problem := task.exception()) is not None:
            log.error("plugin failed to close", plugin=self.loaded.plugin, problem=type(problem).__name__)
        await self.context.http.aclose()


async def _released(provider: object) -> None:
    try:
        await release(provider)
    except (SystemExit, KeyboardInterrupt) as problem:  # out of a task, these would end the program
        raise RuntimeError("the plugin tried to end the program") from problem


class Slot:
    """One offer at one agency."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.places = asyncio.Semaphore(BULKHEAD)
        self.breaker = Breaker()
        self.retired: list[Built] = []
        self._built: Built | None = None

    def built(self, loaded: LoadedOffer, version: int, make: Callable[[], Built]) -> Built:
        """The provider for a version of the settings, built now if there is none; an older one is closed after use."""
        if self._built is None or self._built.version != version or self._built.loaded is not loaded:
            made = make()
            self.retire()
            self._built, self.breaker = (
                made,
                Breaker(),
            )  # other settings, another provider perhaps: nothing is known of it
        return self._built

    def retire(self) -> None:
        """Close what is built as soon as nobody uses it."""
        if self._built is not None:
            self.retired = [old for old in self.retired if old.closing is None or not old.closing.done()]
            self.retired.append(self._built)
            self._built.retire()
            self._built = None


class Runtime:
    """The slots of this process, and the tasks of plugins that run in them."""

    def __init__(self) -> None:
        self._slots: dict[tuple[str, UUID], Slot] = {}
        self.tasks: set[asyncio.Task[object]] = set()

    def slot(self, code: str, agency_id: UUID) -> Slot:
        slot = self._slots.get((code, agency_id))
        if slot is None or slot.loop is not asyncio.get_running_loop():
            # What was built on another loop is of no use on this one, and cannot be closed from here.
            slot = self._slots[(code, agency_id)] = Slot()
        return slot

    def retire(self, code: str, agency_id: UUID) -> None:
        """The settings of an offer have changed, or it is disabled."""
        slot = self._slots.get((code, agency_id))
        if slot is not None and slot.loop is asyncio.get_running_loop():
            slot.retire()

    def paused(self, agency_id: UUID | None = None) -> set[str]:
        """The codes of offers whose breaker is open at the agency, or (None) at any."""
        return {
            code for (code, owner), slot in self._slots.items() if slot.breaker.is_open and agency_id in (None, owner)
        }

    async def close(self) -> None:
        """Stop the calls under way, then close every provider."""
        loop = asyncio.get_running_loop()
        slots = [slot for slot in self._slots.values() if slot.loop is loop]
        self._slots.clear()
        running = {task for task in self.tasks if task.get_loop() is loop}
        self.tasks.clear()
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=CLOSE_S)
        for slot in slots:
            slot.retire()
        for built in [old for slot in slots for old in slot.retired]:
            with contextlib.suppress(asyncio.CancelledError):
                await (built.closing or built.close())
