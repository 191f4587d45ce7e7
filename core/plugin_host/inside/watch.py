"""Notices that the plugin blocks its process, says where, and ends a process whose fork server is gone."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

LOOK_S = 0.5
BLOCKED_S = 1.0


class Watch:
    """A thread beside the event loop. `blocked` is told once for each time, with the running task and the place.
    `parent` is the process that must be there."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        blocked: Callable[["asyncio.Task[object] | None", str], None],
        parent: int,
    ) -> None:
        self._loop, self._blocked = loop, blocked
        self._main, self._parent = threading.get_ident(), parent
        self._seen, self._told = time.monotonic(), False

    def start(self) -> None:
        threading.Thread(target=self._look, name="watch", daemon=True).start()

    def _look(self) -> None:
        while True:
            self._loop.call_soon_threadsafe(self._alive)
            time.sleep(LOOK_S)
            if os.getppid() != self._parent:
                os._exit(1)
            if time.monotonic() - self._seen > BLOCKED_S and not self._told:
                self._told = True
                self._blocked(asyncio.current_task(self._loop), self._place())

    def _alive(self) -> None:
        self._seen, self._told = time.monotonic(), False

    def _place(self) -> str:
        """The innermost line of Python that the loop's thread is at."""
        frame: FrameType | None = sys._current_frames().get(self._main)  # pyright: ignore[reportPrivateUsage]
        return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else ""
