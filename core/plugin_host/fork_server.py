"""Where plugins' processes come from: a process that has imported what all of them need, and forks for each plugin.

To import that takes half a second of CPU and 40 MB; a fork takes some milliseconds and shares the memory. It holds no
plugin's code, no data and no secret, runs one thread, and ends with the host, together with what it has forked.
"""

import itertools
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from core.plugin_host.wire import Frame

ROOT = Path(__file__).resolve().parents[2]
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Of the environment, what a plugin's process gets: nothing that holds an address or a secret of the installation."""
_numbers = itertools.count(1)


class ForkServer:
    """A running one. Told what to do, it answers nothing: a process speaks for itself, over the socket it is given."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.plugin_host.inside", str(theirs.fileno())],
                cwd=ROOT, env=environment | {"MALLOC_ARENA_MAX": "2", "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=(theirs.fileno(),),
            )  # fmt: skip

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def fork(self, number: int, name: str, value: str, memory: int, wire: socket.socket, output: int) -> None:
        """Fork a process for the plugin of an entry point. Raises: OSError where this server has ended."""
        head = {"name": name, "value": value, "memory": memory}
        socket.send_fds(self._control, [Frame("fork", number, head).encoded()], [wire.fileno(), output])

    def kill(self, number: int) -> None:
        """Kill the process of that number, where it still runs."""
        try:
            self._control.sendall(Frame("kill", number, {}).encoded())
        except OSError:
            return  # it has ended, and with it what it had forked


_server: ForkServer | None = None
_lock = threading.Lock()


def begin() -> ForkServer:
    """The fork server of this process, started where none runs. Does not wait for it. Works from any thread."""
    global _server
    with _lock:
        if _server is None or not _server.runs:
            _server = ForkServer()
        return _server


def fork(name: str, value: str, memory: int, wire: socket.socket, output: int) -> tuple[ForkServer, int]:
    """Have a process forked; returns by whom, and its number there. Raises: OSError."""
    number, server = next(_numbers), begin()
    try:
        server.fork(number, name, value, memory, wire, output)
    except (BrokenPipeError, ConnectionResetError):  # it has just ended
        server = begin()
        server.fork(number, name, value, memory, wire, output)
    return server, number
