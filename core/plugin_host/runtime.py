"""What runs of the plugins in this process: for each offer and agency its built provider, its bulkhead, its breaker.

Nothing here is shared between two agencies: the settings of one may point at a provider that fails, and only that
agency is to feel it.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import structlog

from core.plugin_host.breaker import Breaker
from core.plugin_host.offers import LoadedOffer
from core.plugin_host.peer import PluginFaultError
from core.plugin_host.problems import ProviderProblem
from core.plugin_host.remote import Instance
from recobro_sdk import PluginError

log = structlog.get_logger("recobro.plugins")
BULKHEAD = 4
"""Calls of one agency to one offer at the same time; a plugin that does not stop when told to keeps its place."""
CLOSE_S = 5.0
LEASE_S = 1.0
"""For how long a process goes by the settings that it has read, at most: others that change them tell it at once, but
nothing depends on being told."""


class Built:
    """A provider built for one agency from one version of its settings. Closed when retired and no call uses it."""

    def __init__(self, version: int, instance: Instance) -> None:
        self.version, self.instance, self.loaded = version, instance, instance.loaded
        self._users, self._retired = 0, False
        self.closing: asyncio.Task[None] | None = None

    @property
    def lives(self) -> bool:
        return self.instance.lives

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
        """Let the plugin release what it holds, for a while."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self.instance.close()
        except TimeoutError:
            log.error("plugin does not close", plugin=self.loaded.plugin, offer=self.loaded.code)
        except (PluginError, PluginFaultError, ProviderProblem) as problem:
            log.error("plugin failed to close", plugin=self.loaded.plugin, problem=type(problem).__name__)


@dataclass(frozen=True, slots=True)
class Enabled:
    """What an agency has enabled: the version of its settings, and the settings as they are kept."""

    version: int
    sealed: bytes


class Lease:
    """What is known to be enabled, for a while. Whoever reads settings takes the lease before. It is replaced where
    they are changed, so that what was read before that is written to where nobody looks."""

    __slots__ = ("_enabled", "_until")

    def __init__(self) -> None:
        self._enabled: Enabled | None = None
        self._until = 0.0

    def holds(self) -> Enabled | None:
        return self._enabled if time.monotonic() < self._until else None

    def set(self, enabled: Enabled, asked: float) -> None:
        """`asked`: when the question was put, on the monotonic clock."""
        self._enabled, self._until = enabled, asked + LEASE_S


class Slot:
    """One offer at one agency."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.places = asyncio.Semaphore(BULKHEAD)
        self.breaker = Breaker()
        self.retired: list[Built] = []
        self._built: Built | None = None
        self._building = asyncio.Lock()
        self._known: tuple[LoadedOffer, int] | None = None
        self.enabled = Lease()

    def begin(self, loaded: LoadedOffer, version: int) -> Breaker:
        """The breaker for a version of the settings: others, another provider perhaps, and nothing is known of it."""
        if self._known != (loaded, version):
            self._known, self.breaker = (loaded, version), Breaker()
        return self.breaker

    async def built(self, loaded: LoadedOffer, version: int, make: Callable[[], Awaitable[Built]]) -> Built:
        """The provider for a version of the settings, built now if there is none that lives; an older one is closed
        after use. Raises: what `make` raises."""
        found = self._fits(loaded, version)
        if found is not None:
            return found
        async with self._building:
            found = self._fits(loaded, version)
            if found is None:
                found = await make()
                self.retire()
                self._built = found
            return found

    def _fits(self, loaded: LoadedOffer, version: int) -> Built | None:
        built = self._built
        fits = built is not None and built.version == version and built.loaded is loaded and built.lives
        return built if fits else None

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
            slot.enabled = Lease()
            slot.retire()

    def doubt(self) -> None:
        """Settings were changed somewhere: nobody goes on by what he knows of them."""
        for slot in self._slots.values():
            slot.enabled = Lease()

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
