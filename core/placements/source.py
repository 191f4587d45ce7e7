"""A creditor's file as UTF-8 text, in pieces and in bounded memory: encodings, line ends, lines without an end.

Nothing here looks at a row. What is refused: an encoding that does not fit, NUL characters, and lines (or quoted
values) longer than a limit, as soon as the limit is passed.
"""

import codecs
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from core.placements.faults import FileFault, empty_file, fault, line_too_long, nul_byte, wrong_encoding
from core.placements.layout import ENCODINGS

MAX_LINE = 1_000_000
_SAMPLE = 1 << 18
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Western encodings that detection may choose between; others a layout has to name.
_CANDIDATES = ["cp1252", "cp850", "mac_roman", "utf_16_le", "utf_16_be"]


def detect(chunks: Iterable[bytes], declared: str) -> str:
    """The encoding of a file: its mark, else the declared one, else UTF-8 if all of it is, else the likeliest.

    Raises: FileFault (EMPTY_FILE, UNKNOWN_ENCODING). Reads the whole file only where the encoding is neither marked nor
    declared.
    """
    pieces = iter(chunks)
    first = next(pieces, b"")
    if not first:
        raise empty_file()
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            return encoding
    if declared != "auto":
        return declared
    decoder, sample = codecs.getincrementaldecoder("utf-8")("strict"), first[:_SAMPLE]
    try:
        decoder.decode(first)
        for chunk in pieces:
            sample = chunk[:_SAMPLE]
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as problem:
        return _likeliest(
            first[:_SAMPLE] + problem.object[max(0, problem.start - 2000) : problem.start + 2000] + sample
        )
    return "utf-16" if first.count(0) > len(first) // 4 and _likeliest(first[:_SAMPLE]).startswith("utf") else "utf-8"


def _likeliest(sample: bytes) -> str:
    from charset_normalizer import from_bytes  # here, as only a job that reads a file in no known encoding needs it

    best = from_bytes(sample[: len(sample) // 4 * 4], cp_isolation=_CANDIDATES).best()
    found = codecs.lookup(best.encoding).name if best is not None else ""
    if found not in ENCODINGS:
        raise fault(
            "UNKNOWN_ENCODING",
            "The file is not UTF-8, and its encoding can not be told.",
            "Save the file as UTF-8, or name its encoding in the layout.",
        )
    return found


@dataclass(slots=True)
class Text:
    """The text of a file in pieces, and how far it has come. Line ends become `\\n`."""

    chunks: Iterable[bytes]
    encoding: str
    quote: str
    declared: bool = False
    max_line: int = MAX_LINE
    bytes_read: int = 0
    lines: int = 0
    quoted: bool = False
    _tail: str = ""
    _open: bool = False
    _since_line: int = 0
    _since_quote: int = 0
    _quote_line: int = field(default=0)

    def __iter__(self) -> Iterator[str]:
        """Raises: FileFault (WRONG_ENCODING, NUL_BYTE, LINE_TOO_LONG)."""
        decoder = codecs.getincrementaldecoder(self.encoding)("strict")
        universal = io.IncrementalNewlineDecoder(decoder, translate=True)
        for chunk in self.chunks:
            for start in range(0, len(chunk), _SAMPLE):
                text = self._decode(universal, chunk[start : start + _SAMPLE], final=False)
                if text:
                    self._look(text)
                    yield text
        text = self._decode(universal, b"", final=True)
        if text:
            self._look(text)
            yield text

    def _decode(self, decoder: io.IncrementalNewlineDecoder, piece: bytes, *, final: bool) -> str:
        try:
            text = decoder.decode(piece, final)
        except UnicodeDecodeError as problem:
            # The decoder kept the beginning of a character back and puts it before the piece.
            offset = self.bytes_read - (len(problem.object) - len(piece)) + problem.start
            raise wrong_encoding(self.encoding, offset, self.declared) from problem
        self.bytes_read += len(piece)
        return text

    def _look(self, text: str) -> None:
        if "\0" in text:
            raise nul_byte(self.lines + text.count("\n", 0, text.index("\0")) + 1)
        if "\n\\.\n" in self._tail + text:
            raise self._end_mark()
        self._tail = (self._tail + text)[-3:]
        self._measure_line(text)
        if self.quote:
            self._measure_quote(text)
        self.lines += text.count("\n")

    def _measure_line(self, text: str) -> None:
        """A piece is shorter than the limit, so that only a line from before it can pass the limit."""
        first = text.find("\n")
        self._since_line += len(text) if first < 0 else first
        if self._since_line > self.max_line:
            raise line_too_long(self.lines + 1, self.max_line)
        if first >= 0:
            self._since_line = len(text) - text.rfind("\n") - 1

    def _measure_quote(self, text: str) -> None:
        quotes = text.count(self.quote)
        if quotes == 0:
            self._since_quote += len(text) if self._open else 0
        else:
            self.quoted = True
            self._open ^= quotes % 2 == 1
            last = text.rfind(self.quote)
            self._since_quote = len(text) - last if self._open else 0
            self._quote_line = self.lines + text.count("\n", 0, last) + 1
        if self._since_quote > self.max_line:
            raise line_too_long(self._quote_line, self.max_line)

    def _end_mark(self) -> FileFault:
        """PostgreSQL before 18 takes such a line for the end of the file, and would drop the rest."""
        return fault(
            "END_MARK",
            f"There is a line with nothing but \\. near line {self.lines + 1}, which marks the end of a file.",
            "Remove that line.",
        )

    def check_end(self) -> None:
        """Raises: FileFault (UNTERMINATED_QUOTE) where the file ended inside quotes."""
        if self._tail == "\n\\.":
            raise self._end_mark()
        if self._open:
            raise fault(
                "UNTERMINATED_QUOTE",
                f"The quote opened in line {self._quote_line} is not closed; the file may have been cut.",
                "Check the quotes of the file, and that it is whole.",
            )


__all__ = ["MAX_LINE", "FileFault", "Text", "detect"]
