"""Records behind IBM's descriptor words: each begins with its own length, and a block of them with the block's.

Files of the field disagree on what the words count and on whether there is a block's word, so what they say is believed
only where a record begins after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from recobro_sdk.layouts.framing import Piece, only_breaks
from recobro_sdk.layouts.parts import ColumnPart
from recobro_sdk.layouts.records import Frame
from recobro_sdk.layouts.schema import Framing
from recobro_sdk.layouts.stream import ByteStream

WORD: Final = 4
"""Bytes of a descriptor word."""


@dataclass(frozen=True, slots=True)
class _Start:
    """What seems to begin somewhere: its words, and its record type."""

    block: int | None
    length: int
    part: ColumnPart | None

    @property
    def words(self) -> int:
        return WORD if self.block is None else 2 * WORD


class DescriptorFraming:
    """Cuts one file of such records. `parts` are its record types, `followers` the segments of each by its name."""

    def __init__(
        self,
        stream: ByteStream,
        framing: Framing,
        encoding: str,
        parts: Sequence[ColumnPart],
        followers: Mapping[str, Sequence[ColumnPart]],
    ) -> None:
        self._stream: ByteStream = stream
        self._decimal: bool = framing.words == "decimal"
        self._most: int = framing.most
        self._encoding: str = encoding
        self._parts: list[ColumnPart] = sorted(parts, key=lambda part: not part.constants)
        self._followers: Mapping[str, Sequence[ColumnPart]] = followers
        self._ahead: int = 2 * WORD + max(part.probe_width for part in parts)
        self._blocked: bool = True
        self._block_end: int = 0

    def pieces(self) -> Iterator[Piece]:
        """The records of the file, and what lies between them."""
        stream = self._stream
        while stream.have(1):
            offset = stream.offset
            start = self._start(0) or self._by_length()
            if start is None:
                data, breaks = stream.take(self._garbage())
                why = ("no record begins here", "send records behind descriptor words that say their length")
                yield Piece(data, offset, Frame(breaks=breaks), why=why)
                continue
            if start.block is not None:
                self._block_end = stream.taken + start.block
            size = self._size(start)
            self._blocked = start.block is not None or stream.taken + size < self._block_end
            data, breaks = stream.take(size)
            frame = Frame(start.block, start.length, size, breaks)
            why = None
            if len(data) < size:
                why = (f"the file ends after {len(data)} of {size} bytes", "send the file again, whole")
            yield Piece(data, offset, frame, start.words, start.part, why)
        yield from only_breaks(stream)

    def _word(self, raw: bytes) -> int | None:
        if len(raw) < WORD:
            return None
        if not self._decimal:
            return int.from_bytes(raw[:2], "big") or None if raw[2:] == b"\0\0" else None
        text = raw.decode(self._encoding, "replace")
        return int(text) or None if text.isascii() and text.isdigit() else None

    def _words(self, head: bytes, count: int) -> tuple[int | None, int] | None:
        first, second = self._word(head[:WORD]), self._word(head[WORD : 2 * WORD])
        if first is None or (count == 2 and second is None):
            return None
        return (first, second) if count == 2 and second is not None else (None, first)

    def _start(self, skip: int, counts: tuple[int, ...] | None = None) -> _Start | None:
        """What begins after `skip` bytes, if it looks like a record."""
        head = self._stream.peek(self._ahead, skip)
        inside = self._stream.taken + skip < self._block_end
        for count in counts or ((2, 1) if self._blocked and not inside else (1, 2)):
            words = self._words(head, count)
            if words is None:
                continue
            for part in self._parts:
                if part.likely(head, count * WORD):
                    return _Start(*words, part)
        return None

    def _by_length(self) -> _Start | None:
        """A record whose own bytes do not look like one, and whose length leads to the next or to the end."""
        default = self._parts[-1] if not self._parts[-1].constants else None
        head = self._stream.peek(2 * WORD)
        for count in (2, 1) if self._blocked else (1, 2):
            words = self._words(head, count)
            if words is None:
                continue
            start = _Start(*words, default)
            if any(size > start.words and self._ends(size) for size in self._sizes(start)):
                return start
        return None

    def _ends(self, size: int) -> bool:
        """Whether a record may end after that many bytes: another begins there, or the file ends."""
        there = self._stream.have(size + 1)
        return there == size or (there > size and self._start(size) is not None)

    def _sizes(self, start: _Start) -> list[int]:
        block, length = start.block, start.length
        if block is None:
            return [length]
        if block >= length + WORD:
            return [block]
        # A block's word that leaves itself out, or is smaller than its record: one of the two is what is meant.
        return [max(block, length), length + WORD]

    def _size(self, start: _Start) -> int:
        """Bytes of the record with words and padding."""
        inner = start.length + (start.words - WORD)
        end = self._block_end - self._stream.taken
        if inner < end:
            # More of the block is left than this record: another record, or padding.
            return inner if self._start(inner, (1,)) is not None else end
        sizes = self._sizes(start)
        if len(sizes) == 1:
            return min(self._to_line_end(start, self._with_segments(start, sizes[0])), self._most)
        return min(next((size for size in sizes if self._ends(size)), sizes[0]), self._most)

    def _with_segments(self, start: _Start, size: int) -> int:
        """The size with the segments after it: some software writes the length of the fields alone."""
        followers = self._followers.get(start.part.spec.name, ()) if start.part is not None else ()
        while size < self._most:
            head = self._stream.peek(self._ahead, size)
            segment = next((part for part in followers if part.matches(head)), None)
            if segment is None:
                break
            size += segment.width
        return size

    def _to_line_end(self, start: _Start, size: int) -> int:
        """The size, or where a line ends: if nothing begins after the size, the record was cut or its word is wrong.

        So what is wrong with one line takes nothing from the next.
        """
        if self._ends(size):
            return size
        ends = self._stream.ends(self._most)
        if size in ends:
            return size
        cut = next((end for end in ends if start.words < end < size and self._ends(end)), None)
        if cut is not None:
            return cut
        # A length without room for the fields says nothing: then the line does.
        least = start.words + (start.part.width if start.part is not None else 0)
        line = next((end for end in ends if end > size), size)
        return line if size < least and (line >= least or self._ends(line)) else size

    def _garbage(self) -> int:
        """Bytes up to where the next record begins, as many as a record may have."""
        count = 1
        while count < self._most and self._stream.have(count + WORD) == count + WORD:
            if self._start(count) is not None:
                return count
            count += 1
        return self._stream.have(min(count + WORD, self._most))
