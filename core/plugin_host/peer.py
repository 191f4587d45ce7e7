"""The host's end of the wire to one plugin's process: the calls that are under way, and what the process asks for."""

import asyncio
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from core.kit import clock
from core.kit.errors import DomainError
from core.plugin_host.plugin_log import LogLine, write_line
from core.plugin_host.problems import HostFaultError, invalid_answer, stopped
from core.plugin_host.store import Store, stored
from core.plugin_host.tables import Tables, asked_of
from core.plugin_host.told import raised, told
from core.plugin_host.wire import Frame, WireError
from recobro_sdk import PluginError

log = structlog.get_logger("recobro.plugins")
MOST_ASKED = 256
"""Questions of one process that wait at the same time; more are refused."""
ASKED_AT_ONCE = 4
"""Of them, as many as are answered at once: they take connections of the pool that others need, too."""
_READS = ("store.get", "tables.select")
_numbers = itertools.count(1)


class PluginFaultError(Exception):
    """The plugin raised what is no error of the SDK. Its text is left where it was raised."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a provider has of the host for as long as it is there, whichever call runs."""

    store: Store
    tables: Tables
    line: LogLine


class Service(Protocol):
    """What a call lets the other side ask for while it runs, beside what is `Given`: a report's data and files."""

    async def answer(self, what: str, head: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Raises: PluginError, ValueError, TypeError for the plugin; DomainError, HostFaultError for whoever calls."""
        ...


@dataclass(slots=True, eq=False)
class Pending:
    """A call under way. `reply` is for whoever waits, and cancelled with him; `answer` stays. `acted`: something of it
    left, or was kept; `acting`: it may have, which counts where nobody is left to tell. `culprit`: it blocks the
    process."""

    reply: "asyncio.Future[Frame]"
    service: Service | None = None
    answer: Frame | None = None
    acted: bool = False
    acting: bool = False
    culprit: bool = False
    fault: Exception | None = None
    asks: "set[asyncio.Task[None]]" = field(default_factory=set["asyncio.Task[None]"])

    def end(self, frame: Frame) -> None:
        """With the first answer; what comes after it is none."""
        if self.answer is None:
            self.answer = frame
            if not self.reply.done():
                self.reply.set_result(frame)


class Peer:
    """One connection to one plugin's process, in one event loop. `sends` hands a frame to it."""

    def __init__(self, plugin: str, sends: Callable[[Frame], None]) -> None:
        self.plugin, self._sends = plugin, sends
        self.loop = asyncio.get_running_loop()
        self.gone: str | None = None
        self.calls: dict[int, Pending] = {}
        self.instances: dict[int, Given] = {}
        self.heard = self.loop.time()
        self.on_busy: Callable[[], None] | None = None
        self._places = asyncio.Semaphore(ASKED_AT_ONCE)
        self._asked: set[asyncio.Task[None]] = set()

    async def request(
        self, kind: str, head: Mapping[str, Any], body: bytes = b"", *, pending: Pending | None = None
    ) -> Frame:
        """What the other side answers. Told to stop, it tells the other side, and still waits until that has ended.

        Raises: PluginError; PluginFaultError; ProviderProblem (PLUGIN_ANSWER_INVALID, PLUGIN_STOPPED); what a service
        of the call has raised.
        """
        known = pending or Pending(self.loop.create_future())
        if self.gone is not None:
            raise stopped(acted=known.acted, culprit=False)
        number, held = next(_numbers), clock.held()
        self.calls[number] = known
        if len(self.calls) == 1 and self.on_busy is not None:
            self.on_busy()
        try:
            moment = {"now": held.isoformat()} if held is not None else {}
            self._send(Frame(kind, number, {**head, **moment}, body))
            reply = await self._ended(number, known)
        finally:
            del self.calls[number]
            for task in known.asks:
                task.cancel()
        known.acted = known.acted or reply.head.get("acted") is True
        if reply.kind == "done":
            return reply
        raise self._failure(reply, known)

    async def _ended(self, number: int, known: Pending) -> Frame:
        try:
            return await known.reply
        except asyncio.CancelledError:
            if known.answer is None:
                known.reply = self.loop.create_future()
                self._sends(Frame("cancel", number, {}))
                await asyncio.wait({known.reply})
            raise

    def _send(self, frame: Frame) -> None:
        try:
            self._sends(frame)
        except WireError as problem:
            raise HostFaultError("what is handed to the plugin is too large") from problem

    def _failure(self, reply: Frame, known: Pending) -> Exception:
        error = reply.head.get("error")
        if error == "plugin":
            return raised(reply.head)
        if error == "host" and known.fault is not None:
            return known.fault
        if error == "shape":
            return invalid_answer()
        if error == "gone":
            known.acted = known.acted or known.acting
            return stopped(acted=known.acted, culprit=known.culprit)
        kind, at = str(reply.head.get("kind", "")), str(reply.head.get("at", ""))
        log.error("plugin failed", plugin=self.plugin, kind=kind, at=at)
        return PluginFaultError(kind)

    def receive(self, frame: Frame) -> None:
        """What the other side sends. Raises: WireError where it makes no sense."""
        self.heard = self.loop.time()
        known = self.calls.get(frame.number)
        if frame.kind in ("done", "failed"):
            if known is not None:
                known.end(frame)
        elif frame.kind == "acting":
            if known is not None:
                known.acting = True
        elif frame.kind == "blocked":
            self._blocked(known, frame)
        elif frame.kind == "ask":
            self._ask(frame)
        elif frame.kind == "log":
            given = self.instances.get(_number(frame.head, "instance"))
            if given is not None:
                write_line(given.line, frame.head, frame.body)
        elif frame.kind != "pong":
            raise WireError("nobody knows such a frame")

    def lost(self, reason: str) -> None:
        """The process has ended, or is to be. Every call under way ends; who did it, if anybody can tell, is marked."""
        if self.gone is not None:
            return
        self.gone = reason
        alone = len(self.calls) == 1
        for pending in self.calls.values():
            pending.culprit = pending.culprit or alone
            pending.end(Frame("failed", 0, {"error": "gone"}))

    def _blocked(self, known: Pending | None, frame: Frame) -> None:
        if known is not None:
            known.culprit = True
        log.error("plugin blocks its process", plugin=self.plugin, at=str(frame.head.get("at", ""))[-200:])

    def _ask(self, frame: Frame) -> None:
        if len(self._asked) >= MOST_ASKED:
            return self._sends(Frame("answer", frame.number, {"error": "value", "message": "too many at once"}))
        call = self.calls.get(_number(frame.head, "call"))
        task = self.loop.create_task(self._answered(frame, call))
        kept = call.asks if call is not None and not _is_kept(frame) else self._asked
        kept.add(task)
        task.add_done_callback(kept.discard)
        return None

    async def _answered(self, frame: Frame, call: Pending | None) -> None:
        try:
            async with self._places:
                head, body = await self._answer(frame, call)
        except (DomainError, HostFaultError) as problem:
            if call is not None:
                call.fault = problem
            head, body = {"error": "host"}, b""
        except PluginError as problem:
            head, body = {"error": "plugin", **told(problem)}, b""
        except (ValueError, TypeError) as problem:
            head, body = {"error": "value", "message": str(problem)[:300]}, b""
        except Exception as problem:
            log.exception("a question of a plugin could not be answered", plugin=self.plugin)
            if call is not None:
                call.fault = HostFaultError(f"a question of the plugin could not be answered: {problem!r}")
            head, body = {"error": "host"}, b""
        self._sends(Frame("answer", frame.number, head, body))

    async def _answer(self, frame: Frame, call: Pending | None) -> tuple[dict[str, Any], bytes]:
        what = str(frame.head.get("what"))
        if _is_kept(frame):
            given = self.instances.get(_number(frame.head, "instance"))
            if given is None:
                raise ValueError("this instance is closed")
            if call is not None and what not in _READS:
                call.acted = True
            if what.startswith("store."):
                return await stored(given.store, what, frame.head, frame.body)
            return await asked_of(given.tables, what, frame.body)
        if call is None or call.service is None:
            raise ValueError("nothing of that kind can be asked for now")
        return await call.service.answer(what, frame.head, frame.body)

    async def close(self) -> None:
        """Leave no question behind."""
        for task in list(self._asked):
            task.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)


def _is_kept(frame: Frame) -> bool:
    return str(frame.head.get("what")).startswith(("store.", "tables."))


def _number(head: Mapping[str, Any], name: str) -> int:
    found = head.get(name)
    return found if isinstance(found, int) else 0


class Link(Protocol):
    """The way to a plugin's process, whichever it is just now."""

    @property
    def resting(self) -> str | None:
        """Why the plugin is not asked for a while; None where it is."""
        ...

    async def peer(self) -> Peer:
        """The process as it runs, started anew where it does not. Raises: ProviderProblem (PLUGIN_RESTARTING)."""
        ...


def problems_of(reply: Frame) -> list[tuple[str, str]]:
    """What is wrong with settings, as the other side says: a dotted field and a sentence each."""
    given = reply.head.get("problems")
    return [(str(field), str(words)) for field, words in given] if isinstance(given, list) else []
