"""Bytes of a file that is read once, in pieces, with a bounded part of it in memory."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final, Protocol, runtime_checkable

_PIECE: Final = 1 << 18
_BREAKS: Final = re.compile(rb"[\r\n]+")


@runtime_checkable
class BinaryFile(Protocol):
    """An open binary file, as far as reading needs it."""

    def read(self, size: int, /) -> bytes:
        """At most that many bytes, none at the end."""
        ...


Readable = bytes | BinaryFile | Iterable[bytes]
"""What a layout reads: bytes, an open binary file, or pieces of a file in order."""


class ByteStream:
    """Looks ahead into a file and takes from its front.

    With `wrapped`, line breaks are left out of what is taken; `breaks` answers where they were.
    """

    def __init__(self, source: Readable, *, wrapped: bool) -> None:
        self._pieces: Iterator[bytes] = _pieces(source)
        self._wrapped: bool = wrapped
        self._buffer: bytes = b""
        self._start: int = 0
        self._read: int = 0
        self._breaks: deque[tuple[int, bytes]] = deque()
        self._lines: bool = False
        self.taken: int = 0
        """Bytes taken so far, line breaks not counted."""
        self.offset: int = 0
        """Where in the file the next byte stands, line breaks counted."""

    def have(self, count: int) -> int:
        """How many bytes are there to look at, up to `count`: fewer only at the end of the file."""
        while len(self._buffer) - self._start < count:
            piece = next(self._pieces, None)
            if piece is None:
                break
            kept = self._buffer[self._start :]
            self._buffer, self._start = kept + self._unwrapped(piece), 0
        return min(count, len(self._buffer) - self._start)

    def _unwrapped(self, piece: bytes) -> bytes:
        if not self._wrapped:
            return piece
        if b"\n" not in piece and b"\r" not in piece:
            self._read += len(piece)
            return piece
        removed, self._lines = 0, True
        for found in _BREAKS.finditer(piece):
            self._breaks.append((self._read + found.start() - removed, found.group()))
            removed += found.end() - found.start()
        self._read += len(piece) - removed
        return piece.translate(None, b"\r\n") if removed else piece

    def peek(self, count: int, skip: int = 0) -> bytes:
        """The next bytes, after `skip` of them, without taking them."""
        self.have(skip + count)
        return self._buffer[self._start + skip : self._start + skip + count]

    def ends(self, most: int) -> list[int]:
        """After how many of the next `most` bytes a line ends, the last with the file. None in a file of one line."""
        there = self.have(most + 1)
        if not self._lines:
            return []
        found = [place - self.taken for place, _ in self._breaks if 0 < place - self.taken <= most]
        return found if there > most or there in found else [*found, there]

    def find(self, mark: bytes, most: int) -> int:
        """How many bytes stand before the next `mark`, or -1 if it is not among the next `most`."""
        looked = 0
        while True:
            there = len(self._buffer) - self._start
            # A mark may lie across two pieces.
            place = self._buffer.find(mark, self._start + max(0, looked - len(mark) + 1), self._start + most)
            if place >= 0:
                return place - self._start
            if there >= most or self.have(there + 1) == there:
                return -1
            looked = there

    def take(self, count: int) -> tuple[bytes, tuple[tuple[int, bytes], ...]]:
        """The next bytes, and the line breaks that stood in them and right after them."""
        there = self.have(count + 1)
        count = min(count, there)
        data = self._buffer[self._start : self._start + count]
        self._start += count
        breaks: list[tuple[int, bytes]] = []
        while self._breaks and self._breaks[0][0] <= self.taken + count:
            place, text = self._breaks.popleft()
            breaks.append((place - self.taken, text))
        self.taken += count
        self.offset += count + sum(len(text) for _, text in breaks)
        return data, tuple(breaks)


def _pieces(source: Readable) -> Iterator[bytes]:
    if isinstance(source, bytes):
        return iter((source,))
    if isinstance(source, BinaryFile):
        return iter(lambda: source.read(_PIECE), b"")
    return iter(source)


def with_breaks(data: bytes, breaks: tuple[tuple[int, bytes], ...]) -> bytes:
    """Bytes with their line breaks where they were."""
    if not breaks:
        return data
    out: list[bytes] = []
    done = 0
    for place, text in breaks:
        out += [data[done:place], text]
        done = max(done, min(place, len(data)))
    return b"".join([*out, data[done:]])
