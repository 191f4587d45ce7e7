"""Computed fields: what is counted and summed while records go by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recobro_sdk.layouts.conditions import all_hold
from recobro_sdk.layouts.records import Record, Reject
from recobro_sdk.layouts.schema import Term

if TYPE_CHECKING:
    from recobro_sdk.layouts.layout import Layout


@dataclass(slots=True)
class _Counter:
    term: Term
    total: int = 0

    def add(self, record: Record) -> None:
        if not all_hold(self.term.where, record):
            return
        if self.term.sum is None:
            self.total += 1
            return
        value = record.values.get(self.term.sum)
        if isinstance(value, int):
            self.total += value


class Totals:
    """Counts one file. A record is added before its own computed fields are asked for, so it counts itself."""

    def __init__(self, layout: Layout) -> None:
        self._fields: dict[tuple[str, str], list[_Counter]] = {}
        self._of: dict[str, list[_Counter]] = {}
        # Fields that count the same (a file has many) share a counter.
        shared: dict[Term, _Counter] = {}
        for record in layout.spec.records:
            for field in record.fields:
                for term in field.compute:
                    counter = shared.setdefault(term, _Counter(term))
                    self._fields.setdefault((record.name, field.name), []).append(counter)
        for term, counter in shared.items():
            self._of.setdefault(term.of, []).append(counter)
        self.computed: dict[str, tuple[str, ...]] = {
            record.name: tuple(field.name for field in record.fields if field.compute) for record in layout.spec.records
        }

    def add(self, item: Record | Reject) -> None:
        """Count a record with its segments; what could not be read counts as a record of the file only."""
        if isinstance(item, Reject):
            for counter in self._of.get("*", ()):
                counter.total += 1
            return
        for name in (item.type, "*"):
            for counter in self._of.get(name, ()):
                counter.add(item)
        if item.segments and self._of:
            for part in item.segments:
                for counter in self._of.get(part.type, ()):
                    counter.add(part)

    def value(self, record: str, field: str) -> int:
        """What a computed field of a record type says now."""
        return sum(counter.total for counter in self._fields[(record, field)])
