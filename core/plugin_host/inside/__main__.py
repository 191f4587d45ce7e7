"""The fork server, and each plugin's process that it forks.

    python -m core.plugin_host.inside SOCKET    # an inherited socket's number

Ends when the host closes the socket, or is gone. A plugin's process ends when the host closes its own, or when the
fork server is gone.
"""

import asyncio
import contextlib
import gc
import importlib
import os
import resource
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

from core.plugin_host.inside.reading import read
from core.plugin_host.inside.servant import Servant
from core.plugin_host.inside.watch import Watch
from core.plugin_host.wire import Frame, Frames, Wire
from recobro_sdk import ENTRY_POINT_GROUP

_FILES = 256
_NICE = 10
"""A plugin that computes without end gets what the requests of everybody leave over."""
_LEAVE_S = 2.0
"""How long plugins' processes may take to end when the host has."""


@dataclass(frozen=True, slots=True)
class _Order:
    """What a forked process is for: a plugin, its memory in bytes (0: no limit), its socket, where it writes."""

    name: str
    value: str
    memory: int
    wire: int
    output: int
    parent: int


class _Living:
    """The processes that run, by the host's numbers for them."""

    def __init__(self) -> None:
        self._pids: dict[int, int] = {}

    def __bool__(self) -> bool:
        return bool(self._pids)

    def add(self, number: int, pid: int) -> None:
        self._pids[number] = pid

    def reap(self) -> None:
        for number, pid in list(self._pids.items()):
            if os.waitpid(pid, os.WNOHANG)[0]:
                del self._pids[number]

    def kill(self, number: int) -> None:
        """Only what was not reaped: the number of a process that was may be another's by now."""
        if number in self._pids:
            os.kill(self._pids[number], signal.SIGKILL)

    def end(self) -> None:
        """Wait for all of them, and kill those that stay."""
        deadline = time.monotonic() + _LEAVE_S
        while self and time.monotonic() < deadline:
            self.reap()
            time.sleep(0.02)
        for number in self._pids:
            self.kill(number)


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # signals of the terminal are for the host
    gc.collect()
    gc.freeze()  # no collection of a forked process writes to what all of them share
    with control:
        order = _forked(control)
    if order is not None:
        _serve(order)


def _forked(control: socket.socket) -> _Order | None:
    """Fork as the host says. Returns in each forked process, with what it is for, and (None) at the end."""
    woken, wakes = socket.socketpair()
    with woken, wakes:
        wakes.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
        frames, living = Frames(), _Living()
        while True:
            ready, _, _ = select.select([control, woken], [], [])
            if woken in ready:
                woken.recv(256)
                living.reap()
            if control in ready:
                # A message with descriptors ends what is received at once, so they belong to the one `fork` in it.
                data, descriptors, _, _ = socket.recv_fds(control, 65536, 2)
                if not data:
                    living.end()
                    return None
                for frame in frames.feed(data):
                    order = _obey(frame, descriptors, living)
                    if order is not None:
                        signal.set_wakeup_fd(-1)
                        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                        return order


def _obey(frame: Frame, descriptors: list[int], living: _Living) -> _Order | None:
    if frame.kind == "kill":
        living.kill(frame.number)
        return None
    parent = os.getpid()
    wire, output = descriptors
    try:
        pid = os.fork()
    except OSError as problem:  # no process or no memory is left: the host sees that the socket is closed
        sys.stderr.write(f"no process for a plugin: {problem}\n")
        pid = -1
    if pid == 0:
        return _Order(frame.head["name"], frame.head["value"], frame.head["memory"], wire, output, parent)
    os.close(wire)
    os.close(output)
    if pid > 0:
        living.add(frame.number, pid)
    return None


def _serve(order: _Order) -> None:
    os.dup2(order.output, 1)
    os.dup2(order.output, 2)
    os.close(order.output)
    os.set_inheritable(order.wire, False)
    sys.argv[1:] = [order.name]
    with contextlib.suppress(OSError):  # there is none outside Linux
        Path("/proc/self/comm").write_text(order.name[:15])
    _limit(order.memory)
    end = socket.socket(fileno=order.wire)
    importlib.invalidate_caches()
    plugin, description = read(order.name, EntryPoint(order.name, order.value, ENTRY_POINT_GROUP).load)
    end.sendall(Frame("hello", 0, {"pid": os.getpid()}, description).encoded())
    if plugin is None:
        return
    # What it is made of stays as long as it lives.
    gc.collect()
    gc.freeze()

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        over = asyncio.Event()
        wire = Wire(end, lambda frame: servant.receive(frame), lambda _: over.set())
        servant = Servant(plugin, wire.send)

        def blocked(task: "asyncio.Task[object] | None", at: str) -> None:
            wire.send(Frame("blocked", servant.call_of(task), {"at": at[-200:]}))

        wire.attach(loop)
        Watch(loop, blocked, order.parent).start()
        await over.wait()

    asyncio.run(serve())


def _limit(memory: int) -> None:
    """What a leak may take."""
    if memory and sys.platform != "darwin":  # which knows the limit, and does not hold to it
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    os.nice(_NICE)


if __name__ == "__main__":
    main()
