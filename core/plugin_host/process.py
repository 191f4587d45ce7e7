"""A plugin's process: started, watched, ended where it does not answer, and started again, after a while that grows.

What is in it belongs to all agencies that have enabled an offer of the plugin, and to no other plugin.
"""

import asyncio
import time
from collections import deque

import structlog

from core.plugin_host.child_process import ChildProcess, PluginUnreadError
from core.plugin_host.described import same
from core.plugin_host.peer import Peer
from core.plugin_host.problems import changed, resting
from core.plugin_host.wire import Frame, Wire, WireError

log = structlog.get_logger("recobro.plugins")
HELLO_S = 30.0
"""How long a plugin may take to be imported, on a machine that is busy."""
SILENT_S = 2.0
"""How long a process with calls under way may be silent before it counts as hung."""
LOOK_S = 0.5
RECENT_S, MOST_REST_S = 300.0, 60.0
IDLE_S = 60.0
"""After how long without a call a process ends: it needs 10 MB of its own and more, and a moment to be there again."""


class ProcessLink:
    """The way to a plugin's process: the running one, or one that is started for it."""

    def __init__(self, name: str, value: str) -> None:
        self.name, self._value = name, value
        self._process: ChildProcess | None = None
        self._wire: Wire | None = None
        self._peer: Peer | None = None
        self._starting: asyncio.Task[None] | None = None
        self._ends: deque[float] = deque(maxlen=32)
        self._timer: asyncio.TimerHandle | None = None
        self._used = time.monotonic()
        self.description: bytes | None = None
        self._loaded: bytes | None = None
        self._changed = False

    def idle(self, now: float) -> bool:
        """Whether a process runs that nobody has used for a while."""
        starting = self._starting is not None and not self._starting.done()
        if starting or (self._peer is not None and self._peer.calls):
            self._used = now
        return self._process is not None and now - self._used >= IDLE_S

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def resting(self) -> str | None:
        if self._changed:
            return "what is installed is not what the program has loaded: restart the program"
        return "its process keeps ending, and is started again after a while" if self._rest() > 0 else None

    def _rest(self) -> float:
        """Seconds until it may be started again: at once after a first end, and ever later after the next ones."""
        now = time.monotonic()
        recent = [end for end in self._ends if end > now - RECENT_S]
        if len(recent) < 2:
            return 0.0
        return max(0.0, recent[-1] + min(MOST_REST_S, 2.0 ** (len(recent) - 2)) - now)

    def begin(self) -> None:
        """Start the process where none runs; `described` waits for it."""
        if self._process is None or not self._process.runs:
            self.abandon()
            self.description = None  # first: whoever sees the new process knows that it has not told yet
            self._process = ChildProcess(self.name, self._value)

    def described(self) -> bytes:
        """What the plugin is, for whoever loads it. Blocks until its process has told. Raises: PluginUnreadError."""
        self._loaded, self._changed = self._told(), False
        return self._loaded

    def _told(self) -> bytes:
        process = self._process
        assert process is not None
        if self.description is None:
            try:
                self.description = process.hello(time.monotonic() + HELLO_S)
            except PluginUnreadError:
                self.abandon()
                raise
        self._used = time.monotonic()
        return self.description

    async def peer(self) -> Peer:
        self._used = time.monotonic()
        found = self._usable()
        if found is None and not self._runs():
            self._end("its process has ended")
            await self._started()
            found = self._usable()  # somebody else who waited may have connected first
        return found or self._attached()

    def _runs(self) -> bool:
        """Whether it is there and has told what it is: until then, its socket belongs to whoever waits for that."""
        process = self._process
        return process is not None and self.description is not None and process.runs

    def _usable(self) -> Peer | None:
        peer = self._peer
        return peer if peer is not None and peer.gone is None and peer.loop is asyncio.get_running_loop() else None

    async def _started(self) -> None:
        """Start it again, once for everybody who waits. Raises: ProviderProblem (PLUGIN_RESTARTING, PLUGIN_CHANGED)."""
        if self._changed:
            raise changed()
        if self._rest() > 0:
            raise resting()
        starting = self._starting
        if starting is None or starting.done() or starting.get_loop() is not asyncio.get_running_loop():
            starting = self._starting = asyncio.create_task(asyncio.to_thread(self._start))
        try:
            await asyncio.shield(starting)
        except (PluginUnreadError, OSError) as problem:
            self._ends.append(time.monotonic())
            log.error("plugin cannot be started again", plugin=self.name, problem=str(problem))
            raise resting() from problem
        if self._changed:
            raise changed()

    def _start(self) -> None:
        """Another description than the loaded one is another plugin: nobody has enabled that."""
        self.begin()
        told = self._told()
        self._changed = self._loaded is not None and not same(told, self._loaded)
        if self._changed:
            log.error("plugin has changed; restart the program", plugin=self.name)
            self.abandon()

    def _attached(self) -> Peer:
        """A connection for the running loop; one that another loop had is forgotten on both sides."""
        process = self._process
        if process is None:
            raise resting()  # it ended again at once, or the program ends
        self._rest_watch()
        peer = self._peer = Peer(self.name, self._sends)
        peer.on_busy = self._watch
        if self._wire is None:
            self._wire = Wire(process.ours, self._received, self._ended)
        else:
            self._wire.send(Frame("forget", 0, {}))
        self._wire.attach(peer.loop)
        return peer

    def _sends(self, frame: Frame) -> None:
        if self._wire is not None:
            self._wire.send_soon(frame)

    def _received(self, frame: Frame) -> None:
        assert self._peer is not None
        try:
            self._peer.receive(frame)
        except WireError as problem:
            self._end(str(problem))

    def _ended(self, reason: str) -> None:
        """The wire is at its end. The process is left, whether it has noticed already or not."""
        process, self._process, self._wire = self._process, None, None
        if process is not None:
            process.kill()
        if self._peer is not None and self._peer.gone is None:
            log.error("plugin's process ended", plugin=self.name, reason=reason)
            self._ends.append(time.monotonic())
            self._peer.lost(reason)

    def _end(self, reason: str) -> None:
        if self._wire is not None:
            self._wire.close(reason)

    def _watch(self) -> None:
        """Look after the process for as long as calls are under way."""
        if self._timer is None and self._peer is not None:
            peer = self._peer
            peer.heard = peer.loop.time()
            self._timer = peer.loop.call_later(LOOK_S, self._look, peer, peer.loop.time() + LOOK_S)

    def _rest_watch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, peer: Peer, due: float) -> None:
        self._timer = None
        now = peer.loop.time()
        if peer is not self._peer or peer.gone is not None or not peer.calls:
            return
        if now - due > LOOK_S:
            peer.heard = now  # it was this process that did not get on
        if now - peer.heard > SILENT_S:
            return self._end("it does not answer")
        self._sends(Frame("ping", 0, {}))
        self._timer = peer.loop.call_later(LOOK_S, self._look, peer, now + LOOK_S)
        return None

    def abandon(self) -> None:
        """Leave a process that has ended, or is not wanted any more."""
        process, wire, self._process, self._wire, self._peer = self._process, self._wire, None, None, None
        self._rest_watch()
        if wire is not None and not wire.ended:
            wire.ended = True
            wire.detach()
        if process is not None:
            process.ours.close()
            process.kill()

    async def stop(self) -> None:
        """End the process, which is told first. Who calls meanwhile starts another one."""
        process, wire, peer = self._process, self._wire, self._peer
        self._process = self._wire = self._peer = None
        self._rest_watch()
        if peer is not None and peer.loop is asyncio.get_running_loop():
            peer.gone = "stopped"
            await peer.close()
        if wire is not None and not wire.ended:
            wire.ended = True
            wire.detach()
        if process is not None:
            await asyncio.to_thread(process.stop)


_links: dict[tuple[str, str], ProcessLink] = {}


def link_of(name: str, value: str) -> ProcessLink:
    """The one link of this process to the plugin of an entry point."""
    return _links.setdefault((name, value), ProcessLink(name, value))


async def stop_all() -> None:
    """End every plugin's process."""
    await asyncio.gather(*(link.stop() for link in _links.values()))


async def end_idle() -> None:
    """End processes that nobody has used for a while, again and again. A plugin keeps nothing in memory for good."""
    while True:
        await asyncio.sleep(IDLE_S / 4)
        now = time.monotonic()
        idle = [link for link in _links.values() if link.idle(now)]
        await asyncio.gather(*(link.stop() for link in idle))
