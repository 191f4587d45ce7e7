"""The firm's records of each account, as they came: added and never changed, so that two readers cannot lose any."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, cast

from recobro_sdk import JsonObject, PluginStore
from recobro_sdk.layouts import Record, Value

MOST_FILES_OF_AN_ACCOUNT: Final = 2000


@dataclass(frozen=True, slots=True)
class Kept:
    """A record of the firm, and the day on which it was read."""

    record: Record
    read_on: date

    @property
    def reference(self) -> str:
        """The same for the same record, whichever file it came in."""
        text = "\n".join(f"{name}={value}" for name, value in sorted(self.record.values.items()) if value is not None)
        return f"{self.record.type}-{hashlib.sha256(text.encode()).hexdigest()[:24]}"


class KeptRecords:
    """The records of one agency's accounts."""

    def __init__(self, store: PluginStore, kind: str = "records") -> None:
        self._store, self._kind = store, kind

    async def add(
        self, number: str, source: str, records: Iterable[Record], today: date, *, from_first: bool = False
    ) -> bool:
        """Keep the records that one source has of one account; False where they were seen to be kept before.

        Without `from_first` only the last source is looked at: records of a file that comes again later are kept twice,
        which whoever reads them has to bear. With it every source is, and is kept once.
        """
        document: JsonObject = {
            "source": source,
            "read_on": today.isoformat(),
            "records": [{"type": one.type, "values": _plain(one.values)} for one in records],
        }
        place = first = 0 if from_first else await self._hint(number)
        last = None if first == 0 else await self._store.get(self._place(number, first - 1))
        if last is not None and last["source"] == source:
            return False
        while not await self._store.add(self._place(number, place), document):
            there = await self._store.get(self._place(number, place))
            if there is not None and there["source"] == source:
                return False
            place += 1
        await self._store.put(self._place(number, "count"), {"count": place + 1})
        return True

    async def of(self, number: str) -> Sequence[Kept]:
        """Everything that is kept of an account, in the order in which it was read."""
        found: list[Kept] = []
        for place in range(MOST_FILES_OF_AN_ACCOUNT):
            document = await self._store.get(self._place(number, place))
            if document is None:
                break
            day = date.fromisoformat(str(document["read_on"]))
            for one in cast("list[JsonObject]", document["records"]):
                values = cast("dict[str, list[str]]", one["values"])
                found.append(
                    Kept(Record(str(one["type"]), {name: _value(*pair) for name, pair in values.items()}), day)
                )
        return found

    async def _hint(self, number: str) -> int:
        """About how many are kept; too few where two readers met, which only costs time."""
        document = await self._store.get(self._place(number, "count"))
        return 0 if document is None else int(str(document["count"]))

    def _place(self, number: str, place: int | str) -> str:
        # A firm writes what it likes into its columns; a store key is not for that.
        return f"{self._kind}.{hashlib.sha256(number.encode()).hexdigest()[:32]}.{place}"


def _plain(values: dict[str, Value]) -> JsonObject:
    # A document holds no character 0, and a firm's file may hold anything.
    return {
        name: [type(value).__name__, str(value).replace("\0", " ")]
        for name, value in values.items()
        if value is not None
    }


def _value(kind: str, text: str) -> Value:
    match kind:
        case "int":
            return int(text)
        case "Decimal":
            return Decimal(text)
        case "date":
            return date.fromisoformat(text)
        case _:
            return text
