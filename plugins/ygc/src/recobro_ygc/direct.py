"""Payments that the creditor got while the firm has the account: heard of as events, told the firm in records 12."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from pydantic import BaseModel, ConfigDict

from recobro_sdk import DomainEvent, EventInterest, PluginContext
from recobro_sdk.layouts import Record
from recobro_ygc.kept import Kept, KeptRecords
from recobro_ygc.money import DIRECT_PAYMENT
from recobro_ygc.records import Account, record

PAYMENTS_CODE: Final = "ygc_payments"
CHANNELS: Final = ("ygc_sftp", "ygc_http")
_INTERESTS: Final = tuple(
    EventInterest(name) for name in ("legal.acknowledged", "payment.recorded", "payment.reversed")
)


class YgcPaymentsSettings(BaseModel):
    """Nothing to set: it goes by the accounts that the channels have forwarded."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DirectPayments:
    """An `EventSubscriber` for one agency. It only takes notes: the channel tells the firm at its next visit."""

    def __init__(self, settings: YgcPaymentsSettings, context: PluginContext) -> None:
        self._context = context
        self._told = KeptRecords(context.store, "told")

    def interests(self) -> Sequence[EventInterest]:
        """Accounts that were forwarded, and payments."""
        return _INTERESTS

    async def handle(self, events: Sequence[DomainEvent]) -> str:
        """Note what concerns a forwarded account; see `EventSubscriber.handle`."""
        for event in events:
            if event.name == "legal.acknowledged":
                await self._forwarded(event)
            elif event.data.get("received_by") == "CREDITOR":
                await self._paid(event)
        return events[-1].cursor

    async def _forwarded(self, event: DomainEvent) -> None:
        if event.data.get("channel") in CHANNELS:
            await self._context.store.put(_debt(event), {"number": str(event.data.get("receipt"))})

    async def _paid(self, event: DomainEvent) -> None:
        account = await self._context.store.get(_debt(event))
        if account is None:
            return
        await self._told.add(
            str(account["number"]), event.id, [_record(event)], event.occurred_at.date(), from_first=True
        )


@dataclass(frozen=True, slots=True)
class Told:
    """A record 12 that the firm was sent when it had told `after` records: none of those can be its answer."""

    record: Record
    after: int = 0


class FirmsOwn:
    """What the firm itself told of payments to the creditor (records 30, code 6), by day and amount; each is one of
    ours once. The host books it under just these, and then tells its subscribers of it like of any other payment."""

    def __init__(self, kept: Iterable[Kept]) -> None:
        records = {one.reference: one.record for one in kept}.values()
        direct = [one.values for one in records if one.values.get("RET_CODE") == DIRECT_PAYMENT]
        self._left = Counter[Hashable]((values.get("PAY_DATE"), values.get("GROSS_PAY")) for values in direct)

    def has(self, told: Record) -> bool:
        """Whether a record 12 says what the firm has told."""
        return self._left[_day_and_amount(told)] > 0

    def take(self, told: Record) -> None:
        """It is that one."""
        self._left[_day_and_amount(told)] -= 1


def _day_and_amount(told: Record) -> Hashable:
    return told.values.get("DP_DATE"), told.values.get("DP_CASH")


def told_as(account: Account, kept: Record) -> Record:
    """A kept payment as a record 12 about an account."""
    return record(kept.type, account, **kept.values)


def _record(event: DomainEvent) -> Record:
    back = event.name == "payment.reversed"
    amount = int(str(event.data["amount_minor"]))
    day = str(event.data["reversed_on" if back else "paid_on"])
    return Record(
        "direct_payment",
        {
            "DP_DATE": date.fromisoformat(day),
            "DP_CMT": "REVERSAL/NSF" if back else "Payment",
            "DP_CASH": -amount if back else amount,
        },
    )


def _debt(event: DomainEvent) -> str:
    return f"debt.{_hash(str(event.data.get('debt_id')))}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
