"""One process of a plugin, from its start to its end."""

import os
import selectors
import socket
import threading
import time

import structlog

from core.plugin_host.fork_server import fork
from core.plugin_host.plugin_log import Allowance
from core.plugin_host.problems import safe_text
from core.plugin_host.wire import Frame, Frames, WireError

log = structlog.get_logger("recobro.plugins")
STOP_S = 2.0
_LOOK = socket.MSG_PEEK | socket.MSG_DONTWAIT
MEMORY_BYTES = 2 << 30
"""Address space of a process, unless the installation says otherwise (`use_memory`)."""
_memory = MEMORY_BYTES


def use_memory(memory: int) -> None:
    """The most address space of a plugin's process, in bytes; 0 for no limit. For those that are started from now."""
    global _memory
    _memory = memory


class PluginUnreadError(Exception):
    """The process ended, or said nothing, before it had told what the plugin is."""


class ChildProcess:
    """One process, from its start to its end."""

    def __init__(self, name: str, value: str) -> None:
        """Raises: OSError."""
        self.name = name
        self.pid: int | None = None
        self.ours, theirs = socket.socketpair()
        self._ended = threading.Event()
        lines, output = os.pipe()
        try:
            with theirs:
                self._server, self._number = fork(name, value, _memory, theirs, output)
        except BaseException:
            os.close(lines)
            self.ours.close()
            raise
        finally:
            os.close(output)
        threading.Thread(target=self._drain, args=(lines,), name=f"plugin {name}", daemon=True).start()

    def _drain(self, output: int) -> None:
        """What it writes beside its log, until it ends. A line may hold anything, so little of it is kept."""
        allowance = Allowance(20)
        with os.fdopen(output, "rb") as lines:
            while line := lines.readline(4096):
                if allowance.take():
                    text = safe_text(line.decode(errors="replace"))
                    log.warning("plugin wrote to its output", plugin=self.name, text=text)
        self._ended.set()

    @property
    def runs(self) -> bool:
        """Whether it runs, as far as its end can be seen on its socket or its output."""
        if self._ended.is_set():
            return False
        try:
            return self.ours.recv(1, _LOOK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def hello(self, deadline: float) -> bytes:
        """The description. Blocks. Raises: PluginUnreadError."""
        frames = Frames()
        self.ours.setblocking(False)
        with selectors.DefaultSelector() as selector:
            selector.register(self.ours, selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0 and selector.select(left):
                data = self.ours.recv(256 << 10)
                if not data:
                    raise PluginUnreadError("its process ends while it is imported")
                try:
                    found: list[Frame] = list(frames.feed(data))
                except WireError as problem:
                    raise PluginUnreadError("its process says what makes no sense") from problem
                if found:
                    pid = found[0].head.get("pid")
                    self.pid = pid if isinstance(pid, int) else None
                    return found[0].body
        raise PluginUnreadError("it takes too long to be imported")

    def kill(self) -> None:
        self._server.kill(self._number)

    def stop(self) -> None:
        """Close its socket, which tells it; kill it where it stays. Blocks for a while."""
        self.ours.close()
        if not self._ended.wait(STOP_S):
            self.kill()
            self._ended.wait(STOP_S)
