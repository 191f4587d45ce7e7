"""One process of a plugin, from its start to its end."""

import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import structlog

from core.plugin_host.plugin_log import Allowance
from core.plugin_host.problems import safe_text
from core.plugin_host.wire import Frame, Frames, WireError

log = structlog.get_logger("recobro.plugins")
ROOT = Path(__file__).resolve().parents[2]
STOP_S = 2.0
MEMORY_BYTES = 2 << 30
"""Address space of a process, unless the installation says otherwise (`use_memory`)."""
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Of the environment, what a plugin's process gets: nothing that holds an address or a secret of the installation."""
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
        self.name = name
        self.ours, theirs = socket.socketpair()
        environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
        with theirs:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "core.plugin_host.inside", name, value, str(theirs.fileno()), str(_memory)],
                cwd=ROOT, env=environment | {"MALLOC_ARENA_MAX": "2", "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=(theirs.fileno(),),
            )  # fmt: skip
        threading.Thread(target=self._drain, name=f"plugin {name}", daemon=True).start()

    def _drain(self) -> None:
        """What it writes beside its log. A line may hold anything, so little of it is kept; then the end is awaited."""
        assert self.popen.stdout is not None
        allowance = Allowance(20)
        with self.popen.stdout as lines:
            while line := lines.readline(4096):
                if allowance.take():
                    text = safe_text(line.decode(errors="replace"))
                    log.warning("plugin wrote to its output", plugin=self.name, text=text)
        self.popen.wait()

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
                    return found[0].body
        raise PluginUnreadError("it takes too long to be imported")

    def kill(self) -> None:
        self.popen.kill()

    def stop(self) -> None:
        """The socket is closed already, which tells it. Blocks for a while."""
        try:
            self.popen.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            self.popen.wait()
