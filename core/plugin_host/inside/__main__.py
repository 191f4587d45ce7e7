"""A plugin's process.

    python -m core.plugin_host.inside NAME MODULE SOCKET MEMORY    # an inherited socket's number, bytes or 0

Ends when the host closes the socket, or is gone.
"""

import asyncio
import gc
import os
import resource
import signal
import socket
import sys
from importlib.metadata import EntryPoint

from core.plugin_host.inside.reading import read
from core.plugin_host.inside.servant import Servant
from core.plugin_host.inside.watch import Watch
from core.plugin_host.wire import Frame, Wire
from recobro_sdk import ENTRY_POINT_GROUP

_FILES = 256
_NICE = 5
"""A plugin that computes without end gets what the requests of everybody leave over."""


def main() -> None:
    name, value, number, memory = sys.argv[1:]
    _limit(int(memory))
    end = socket.socket(fileno=int(number))
    plugin, description = read(name, EntryPoint(name, value, ENTRY_POINT_GROUP).load)
    end.sendall(Frame("hello", 0, {}, description).encoded())
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
        Watch(loop, blocked).start()
        await over.wait()

    asyncio.run(serve())


def _limit(memory: int) -> None:
    """What a leak may take. Signals of the terminal are for the host, which ends this process when it ends."""
    if memory and sys.platform != "darwin":  # which knows the limit, and does not hold to it
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICE)


if __name__ == "__main__":
    main()
