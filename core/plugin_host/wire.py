"""What goes between the host and a plugin's process: frames of a small JSON head and a body of bytes, over a socket.

Never pickle: whoever is on the other side may send what it likes, and gets at most an error for it. Many calls are
under way at once, each known by its number.
"""

import socket
import struct
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

MAX_HEAD, MAX_BODY = 64 << 10, 160 << 20
"""Bytes. The largest body is an answer with its documents."""
_RECEIVE = 64 << 10
_SIZES = struct.Struct(">II")


class WireError(Exception):
    """The other side sent what is no frame. Nothing more of it can be understood."""


@dataclass(frozen=True, slots=True)
class Frame:
    """`kind` says what it is, `number` what it belongs to; `head` is JSON, `body` whatever the kind says."""

    kind: str
    number: int
    head: dict[str, Any]
    body: bytes = b""

    def encoded(self) -> bytes:
        """Raises: WireError for a body that is too large."""
        head = orjson.dumps([self.kind, self.number, self.head])
        if len(head) > MAX_HEAD or len(self.body) > MAX_BODY:
            raise WireError("a frame is too large")
        return b"".join((_SIZES.pack(len(head), len(self.body)), head, self.body))


class Frames:
    """Bytes as they come in, and the frames that are whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Raises: WireError."""
        self._buffer += data
        start, size = 0, len(self._buffer)
        while size - start >= _SIZES.size:
            head, body = _SIZES.unpack_from(self._buffer, start)
            if head > MAX_HEAD or body > MAX_BODY:
                raise WireError("a frame is too large")
            middle = start + _SIZES.size + head
            if size < middle + body:
                break
            frame = _frame(
                bytes(self._buffer[start + _SIZES.size : middle]), bytes(self._buffer[middle : middle + body])
            )
            start = middle + body
            yield frame
        del self._buffer[:start]


def _frame(head: bytes, body: bytes) -> Frame:
    try:
        kind, number, fields = orjson.loads(head)
    except ValueError as problem:
        raise WireError("a frame has no head") from problem
    if not isinstance(kind, str) or not isinstance(number, int) or not isinstance(fields, dict):
        raise WireError("the head of a frame is none")
    return Frame(kind, number, fields, body)


class Wire:
    """One end of a socket, served by one event loop at a time. What could not be sent yet waits for the other side.

    `received` gets each frame and `closed` the end, once. Sending works from any thread.
    """

    def __init__(self, end: socket.socket, received: Callable[[Frame], None], closed: Callable[[str], None]) -> None:
        end.setblocking(False)
        self._socket, self._received, self._closed = end, received, closed
        self._frames, self._waiting = Frames(), bytearray()
        self._lock, self._loop, self._writing = threading.Lock(), None, False
        self.ended = False

    _loop: AbstractEventLoop | None

    def attach(self, loop: AbstractEventLoop) -> None:
        """Let this loop read and write; one that served before is forgotten, whether it still runs or not."""
        self.detach()
        self._loop = loop
        loop.add_reader(self._socket.fileno(), self._read)
        if self._waiting:
            self._write_later()

    def detach(self) -> None:
        loop, self._loop = self._loop, None
        if loop is not None and not loop.is_closed():
            loop.remove_reader(self._socket.fileno())
            loop.remove_writer(self._socket.fileno())
        self._writing = False

    def send(self, frame: Frame) -> None:
        """Raises: WireError for a frame that is too large. What is sent after the end is lost, as it would be then."""
        data = frame.encoded()
        with self._lock:
            if self.ended:
                return
            if not self._waiting:
                data = data[self._sent(data) :]
            if data:
                self._waiting += data
                if self._loop is not None:
                    self._loop.call_soon_threadsafe(self._write_later)

    def send_soon(self, frame: Frame) -> None:
        """As `send`, in one go with what else is sent in this turn of the loop. From its thread, and where nothing
        hangs on the other side's having it before the next step."""
        data = frame.encoded()
        with self._lock:
            if self.ended:
                return
            if not self._waiting and self._loop is not None:
                self._loop.call_soon(self._write)
            self._waiting += data

    def close(self, reason: str = "closed by the host") -> None:
        """End it from here, or because the other side did."""
        if not self.ended:
            self.ended = True
            self.detach()
            self._socket.close()
            self._closed(reason)

    def _sent(self, data: bytes | bytearray) -> int:
        try:
            return self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            return len(data)  # the other side is gone: reading tells it

    def _write_later(self) -> None:
        if not self._writing and self._loop is not None and not self.ended:
            self._writing = True
            self._loop.add_writer(self._socket.fileno(), self._write)

    def _write(self) -> None:
        with self._lock:
            if self.ended or self._loop is None:
                return
            del self._waiting[: self._sent(self._waiting)]
            if self._waiting:
                self._write_later()
            elif self._writing:
                self._writing = False
                self._loop.remove_writer(self._socket.fileno())

    def _read(self) -> None:
        try:
            data = self._socket.recv(_RECEIVE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            return self.close("its process has ended")
        for frame in self._whole(data):
            if not self.ended:
                self._received(frame)
        return None

    def _whole(self, data: bytes) -> list[Frame]:
        try:
            return list(self._frames.feed(data))
        except WireError as problem:
            self.close(str(problem))
            return []
