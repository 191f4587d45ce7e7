"""Reading what the firm has left: each file once, its records to the accounts that they are about."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from typing import Final, cast

from recobro_sdk import JsonObject, PluginContext
from recobro_sdk.layouts import Record
from recobro_ygc.exchange import LARGEST_FILE, Listed, Session
from recobro_ygc.handoffs import Handoffs
from recobro_ygc.kept import KeptRecords
from recobro_ygc.records import OUTBOUND, account_of, read
from recobro_ygc.settings import YgcSettings

_AT_ONCE: Final = 50
"""Files read in one visit; the rest waits for the next."""

_STEP: Final = 10
"""Files after which it is noted how far a visit has come."""

_TOGETHER: Final = 500
"""Records of an account in one document, which has to stay below 4 MiB."""


@dataclass(slots=True)
class _Sorted:
    """The records of a file by account, and how many are for nobody here."""

    accounts: dict[str, list[Record]] = field(default_factory=dict[str, list[Record]])
    unreadable: int = 0
    wrong_way: int = 0
    of_others: int = 0


class Inbox:
    """The inbox of one agency."""

    def __init__(
        self, settings: YgcSettings, context: PluginContext, handoffs: Handoffs, kept: KeptRecords, channel: str
    ) -> None:
        self._settings, self._context, self._handoffs, self._kept = settings, context, handoffs, kept
        # Of this pair: when an id in the settings is corrected, what lies there is looked at anew.
        pair = hashlib.sha256(f"{settings.firm_id}:{settings.forwarder_id}".encode()).hexdigest()
        self._place = f"inbox.{channel}.{pair[:16]}"

    async def read(self, there: Session) -> None:
        """Read what is new, oldest first. A file that is read twice, by whomever, changes nothing."""
        listed = {file.name: file for file in await there.listed()}
        known = cast("dict[str, str]", await self._context.store.get(self._place) or {})
        new = sorted(file for file in listed.values() if known.get(file.name) != file.version)[:_AT_ONCE]
        for first in range(0, len(new), _STEP):
            for file in new[first : first + _STEP]:
                await self._take(file, await there.fetched(file))
                known[file.name] = file.version
            # Only what still lies there has to be remembered. Not only at the end, so that a visit that is broken off
            # has come further than the one before.
            left: JsonObject = {name: version for name, version in known.items() if name in listed}
            await self._context.store.put(self._place, left)

    async def _take(self, file: Listed, content: bytes) -> None:
        source = hashlib.sha256(content).hexdigest()
        if len(content) > LARGEST_FILE:
            self._context.log.error("file_too_large", file=source[:16])
            return
        found = await asyncio.to_thread(_sorted, content, self._settings)
        today, unknown = self._context.clock.now().date(), 0
        for number, records in found.accounts.items():
            if not await self._handoffs.is_ours(number):
                unknown += len(records)
                continue
            for first in range(0, len(records), _TOGETHER):
                await self._kept.add(number, f"{source}.{first}", records[first : first + _TOGETHER], today)
        told = self._context.log.warning if found.unreadable or found.wrong_way or unknown else self._context.log.info
        told(
            "file_read", file=source[:16], accounts=len(found.accounts), unreadable=found.unreadable,
            wrong_way=found.wrong_way, of_others=found.of_others, unknown=unknown,
        )  # fmt: skip


def _sorted(content: bytes, settings: YgcSettings) -> _Sorted:
    found = _Sorted()
    for item in read(content):
        if not isinstance(item, Record):
            found.unreadable += 1
        elif item.type in OUTBOUND:
            # Its ids stand the other way round: whose it is cannot be trusted either.
            found.wrong_way += 1
        elif not _between_us(item, settings):
            found.of_others += 1
        else:
            found.accounts.setdefault(account_of(item).file_number, []).append(item)
    return found


def _between_us(item: Record, settings: YgcSettings) -> bool:
    """Whether a record is this firm's to this forwarder, whatever portfolio it names."""
    account = account_of(item)
    return account.firm == settings.firm_id and account.network_id == settings.forwarder_id.partition(".")[0]
