"""The one sandbox bureau of this process, shared by every agency that names no address."""

from __future__ import annotations

import threading

from recobro_bureau_sandbox.server import FakeBureauServer


class SharedServer:
    """Starts the server with the first user and stops it with the last. Its methods wait: call them in a thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: FakeBureauServer | None = None
        self._users = 0

    def acquire(self, api_key: str) -> str:
        """Count one more user, accept its key, and return the address."""
        with self._lock:
            if self._server is None:
                self._server = FakeBureauServer(()).start()
            self._server.accept_key(api_key)
            self._users += 1
            return self._server.base_url

    def release(self) -> None:
        """Count one user less."""
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._server is not None:
                self._server.stop()
                self._server = None

    @property
    def is_running(self) -> bool:
        """Whether somebody uses it."""
        with self._lock:
            return self._server is not None


SHARED = SharedServer()
