"""A record type of a delimited file made ready: a row of fields behind separators, read and written."""

from __future__ import annotations

from collections.abc import Sequence

from recobro_sdk.layouts.parts import NO_CHANGE, Part
from recobro_sdk.layouts.records import Problem, Record, Value
from recobro_sdk.layouts.schema import Framing, PartSpec


class DelimitedPart(Part):
    """A part whose fields stand one after another behind a separator."""

    def __init__(self, spec: PartSpec, encoding: str, framing: Framing) -> None:
        super().__init__(spec, encoding, framing)
        self._delimiter: str = framing.delimiter
        self._quote: str = framing.quote
        self._special: frozenset[str] = frozenset(f"{framing.delimiter}{framing.quote}\r\n")

    def matches(self, parts: Sequence[bytes]) -> bool:
        """Whether the constants of this part stand where they belong."""
        return all(i < len(parts) and self.reads_as(i, parts[i]) is not NO_CHANGE for i in self.constants)

    def read(self, parts: Sequence[bytes], number: int) -> dict[str, Value] | list[Problem]:
        """The values of a row of these fields, or what is wrong with them."""
        if len(parts) != len(self.fields):
            return [
                Problem(
                    number,
                    self.spec.name,
                    "field_count",
                    f"it has {len(parts)} fields and not {len(self.fields)}",
                    f"separate {len(self.fields)} fields by '{self._delimiter}' and quote a separator inside a field",
                )
            ]
        return self.values(parts, number)

    def write(self, record: Record) -> bytes:
        """The row of a part, without its line break. Raises: LayoutError."""
        delimiter = self._delimiter.encode(self.encoding)
        # Its fields as they stood in the row, quotes and all, then without them.
        source = record.source if isinstance(record.source, tuple) else None
        count = len(self.fields)
        plain = source[count:] if source is not None else None
        parts = self.spelt(record, plain)
        cells: list[bytes] = []
        for index, raw in enumerate(parts):
            unchanged = source is not None and plain is not None and raw == plain[index]
            cells.append(source[index] if source is not None and unchanged else self._quoted(raw))
        return delimiter.join(cells)

    def _quoted(self, raw: bytes) -> bytes:
        text = raw.decode(self.encoding)
        if not self._quote or self._special.isdisjoint(text):
            return raw
        doubled = text.replace(self._quote, self._quote * 2)
        return f"{self._quote}{doubled}{self._quote}".encode(self.encoding)
