"""Serves a plugin's calls: many at once, each in a task of its own that the host may stop."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from contextvars import copy_context
from datetime import datetime
from functools import partial
from typing import Any

import orjson

from core.kit import clock
from core.plugin_host.codec import ShapeError
from core.plugin_host.discovery import LoadedPlugin
from core.plugin_host.egress import Trace, trace
from core.plugin_host.inside.asking import asking, refusal
from core.plugin_host.inside.context import plain_fields
from core.plugin_host.inside.instances import Instance, build, checked, problems
from core.plugin_host.problems import HostFaultError
from core.plugin_host.threads import in_thread
from core.plugin_host.told import told
from core.plugin_host.wire import MAX_BODY, Frame, WireError
from recobro_sdk import PluginError

Work = Callable[[Frame], Awaitable[tuple[dict[str, Any], bytes]]]


class Servant:
    """One plugin's side of the wire. `send` hands a frame to the host."""

    def __init__(self, plugin: LoadedPlugin, send: Callable[[Frame], None]) -> None:
        self._plugin, self._send = plugin, send
        self._offers = {found.code: found for found in plugin.offers}
        self._instances: dict[int, Instance] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._asked: dict[int, asyncio.Future[Frame]] = {}
        self._numbers = itertools.count(1)
        self._works: Mapping[str, Work] = {
            "call": self._call, "build": self._build, "settings": self._settings, "check": self._check,
            "close": self._close,
        }  # fmt: skip

    def receive(self, frame: Frame) -> None:
        """What the host sends."""
        if frame.kind == "ping":
            self._send(Frame("pong", frame.number, {}))
        elif frame.kind == "answer":
            waiting = self._asked.pop(frame.number, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(frame)
        elif frame.kind == "cancel":
            if frame.number in self._tasks:
                self._tasks[frame.number].cancel()
        elif frame.kind == "forget":
            self._forget()
        else:
            self._begin(frame, self._works[frame.kind])

    def call_of(self, task: "asyncio.Task[Any] | None") -> int:
        """The number of the call that a task works at; 0 where it is none of them."""
        return next((number for number, known in list(self._tasks.items()) if known is task), 0)

    def _begin(self, frame: Frame, work: Work) -> None:
        context = copy_context()
        number = frame.number
        context.run(trace.set, Trace(on_acting=lambda: self._send(Frame("acting", number, {}))))
        context.run(asking.set, partial(self._ask, number, int(frame.head.get("instance", 0))))
        held = frame.head.get("now")
        if held is not None:
            context.run(clock.hold, datetime.fromisoformat(held))
        task = asyncio.get_running_loop().create_task(self._done(frame, work), context=context)
        self._tasks[number] = task
        task.add_done_callback(lambda _: self._tasks.pop(number, None))

    async def _done(self, frame: Frame, work: Work) -> None:
        moved = trace.get()
        assert moved is not None
        try:
            head, body = await work(frame)
            if len(body) > MAX_BODY:
                raise WireError("the answer is too large")
            answer = Frame("done", frame.number, {**head, "acted": moved.acted}, body)
        except BaseException as problem:  # SystemExit out of a task would end the process, and with it other calls
            answer = Frame("failed", frame.number, {**_failure(problem), "acted": moved.acted})
        self._send(answer)

    async def _call(self, frame: Frame) -> tuple[dict[str, Any], bytes]:
        instance = self._instances[frame.head["instance"]]
        operation = instance.operation(frame.head["operation"])
        args, kwargs = operation.decode_arguments(frame.body)
        function = instance.function(operation)
        if operation.plain:
            found = await in_thread(partial(function, *args, **kwargs))
        else:
            found = await function(*args, **kwargs)
        try:
            return {}, operation.result.encode(found)
        except ShapeError as problem:
            raise WireError("the answer") from problem

    async def _build(self, frame: Frame) -> tuple[dict[str, Any], bytes]:
        number, offer = int(frame.head["instance"]), self._offers[frame.head["offer"]]
        ask, line = partial(self._ask_now, number), partial(self._log, number)
        values = orjson.loads(frame.body)
        self._instances[number] = build(self._plugin, offer, frame.head["agency"], values, ask, line)
        return {}, b""

    async def _settings(self, frame: Frame) -> tuple[dict[str, Any], bytes]:
        return {"problems": problems(self._offers[frame.head["offer"]], orjson.loads(frame.body))}, b""

    async def _check(self, frame: Frame) -> tuple[dict[str, Any], bytes]:
        await checked(self._instances[frame.head["instance"]])
        return {}, b""

    async def _close(self, frame: Frame) -> tuple[dict[str, Any], bytes]:
        instance = self._instances.pop(frame.head["instance"], None)
        if instance is not None:
            await instance.close()
        return {}, b""

    def _forget(self) -> None:
        """The host that knew of these is gone; another one begins."""
        known, self._instances = list(self._instances.values()), {}
        for task in list(self._tasks.values()):
            task.cancel()
        for instance in known:
            number = -next(self._numbers)
            self._tasks[number] = asyncio.get_running_loop().create_task(_quietly(instance))
            self._tasks[number].add_done_callback(lambda _, number=number: self._tasks.pop(number, None))

    async def _ask_now(
        self, instance: int, what: str, head: Mapping[str, Any], body: bytes = b""
    ) -> tuple[dict[str, Any], bytes]:
        """As `_ask`, for whichever call runs: what an instance keeps for all of its calls asks so."""
        ask = asking.get(None)
        if ask is None:
            return await self._ask(0, instance, what, head, body)
        return await ask(what, head, body)

    async def _ask(
        self, call: int, instance: int, what: str, head: Mapping[str, Any], body: bytes = b""
    ) -> tuple[dict[str, Any], bytes]:
        number = next(self._numbers)
        waiting = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            self._send(Frame("ask", number, {**head, "what": what, "call": call, "instance": instance}, body))
            found = await waiting
        finally:
            self._asked.pop(number, None)
        if "error" in found.head:
            raise refusal(found.head)
        return found.head, found.body

    def _log(self, instance: int, level: str, event: str, fields: Mapping[str, Any]) -> None:
        head = {"instance": instance, "level": level, "event": str(event)[:200]}
        self._send(Frame("log", 0, head, plain_fields(fields)))


async def _quietly(instance: Instance) -> None:
    try:
        await instance.close()
    except Exception:  # nobody is left to tell
        return


def _failure(problem: BaseException) -> dict[str, Any]:
    """How a call ended, without the text of an exception that is not the SDK's: it may hold anything of anybody."""
    if isinstance(problem, PluginError):
        return {"error": "plugin", **told(problem)}
    if isinstance(problem, HostFaultError):
        return {"error": "host"}
    if isinstance(problem, WireError):
        return {"error": "shape"}
    where = problem.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    at = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where is not None else ""
    return {"error": "fault", "kind": type(problem).__name__[:80], "at": at[-200:]}
