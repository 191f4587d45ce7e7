"""What the money of inbound records means: what to post, what only answers our own, what takes an earlier one back."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from recobro_sdk.layouts import Record
from recobro_ygc.records import account_of

DIRECT_PAYMENT: Final = 6
"""Return code by which a firm reports a payment that went to the creditor."""

ANSWER_DAYS: Final = 45
"""Days between the payment that we told of and the day that the firm's answer gives it, at most."""


class Effect(StrEnum):
    """What a financial record asks for."""

    POST = "post"
    """Money that is new: a payment, a settlement, a cost."""
    ANSWERS = "answers"
    """The firm's echo of a direct payment that we told it of (record 12): it is posted already."""
    REVERSES = "reverses"
    """Takes a record of the same return code back, such as a check that bounced."""
    DUPLICATE = "duplicate"
    """The same record as one before: a file that was sent twice."""
    UNMATCHED = "unmatched"
    """Takes back what was never reported: somebody has to look."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One financial record and what it asks for; `of` is the record that it answers, repeats or takes back."""

    record: Record
    effect: Effect
    of: Record | None = None


@dataclass(slots=True)
class MoneyBook:
    """Decides records 30 one after the other, in the order in which they came, against what came before.

    `told` are the records 12 that were sent, `seen` the records 30 that were posted already. Each answers, or is taken
    back, once. Two records 30 that agree in everything are a duplicate: a firm numbers what it remits (TA_NO).
    """

    told: Iterable[Record] = ()
    seen: Iterable[Record] = ()
    _told: dict[Hashable, list[Record]] = field(init=False, default_factory=dict[Hashable, list[Record]])
    _open: dict[Hashable, list[Record]] = field(init=False, default_factory=dict[Hashable, list[Record]])
    _known: dict[Hashable, Record] = field(init=False, default_factory=dict[Hashable, Record])

    def __post_init__(self) -> None:
        for record in self.told:
            self.tell(record)
        for record in self.seen:
            self.decide(record)

    def tell(self, record: Record) -> None:
        """A record 12 was sent: what comes from now on may answer it."""
        self._told.setdefault((_who(record), _told_amount(record)), []).append(record)

    def decide(self, record: Record) -> Posting:
        """What a record asks for. Raises: ValueError, for a record that is not financial."""
        if record.type != "financial":
            raise ValueError(f"{record.type} is no financial record")
        known = self._known.get(_all(record))
        if known is not None:
            return Posting(record, Effect.DUPLICATE, known)
        self._known[_all(record)] = record
        amount = _units(record, "GROSS_PAY")
        if amount < 0:
            return self._reverse(record, amount)
        if record.values.get("RET_CODE") == DIRECT_PAYMENT:
            told = self._answered(record, amount)
            if told is not None:
                self._open_for(record, amount).append(record)
                return Posting(record, Effect.ANSWERS, told)
        self._open_for(record, amount).append(record)
        return Posting(record, Effect.POST)

    def again(self, record: Record) -> Posting:
        """What an UNMATCHED record takes back, now that more came: files do not always arrive in their order."""
        return self._reverse(record, _units(record, "GROSS_PAY"))

    def _answered(self, record: Record, amount: int) -> Record | None:
        """The record 12 of the same account and amount whose day is nearest: a firm may say when the money cleared."""
        told = self._told.get((_who(record), amount), [])
        near = [one for one in told if _days_apart(one, record) <= ANSWER_DAYS]
        if not near:
            return None
        nearest = min(near, key=lambda one: _days_apart(one, record))
        told.remove(nearest)
        return nearest

    def _reverse(self, record: Record, amount: int) -> Posting:
        earlier = self._open_for(record, -amount)
        if not earlier:
            return Posting(record, Effect.UNMATCHED)
        # The latest that was cleared by then; a bounced check is one of the last.
        until = record.values.get("PAY_DATE")
        fitting = [one for one in earlier if _not_after(one.values.get("PAY_DATE"), until)]
        if not fitting:
            return Posting(record, Effect.UNMATCHED)
        taken = fitting[-1]
        earlier.remove(taken)
        return Posting(record, Effect.REVERSES, taken)

    def _open_for(self, record: Record, amount: int) -> list[Record]:
        return self._open.setdefault((_who(record), record.values.get("RET_CODE"), amount), [])


def _who(record: Record) -> tuple[str, str, str]:
    # Without the portfolio: a firm may leave it out.
    account = account_of(record)
    return account.file_number, account.network_id, account.firm


def _all(record: Record) -> Hashable:
    return tuple(sorted((name, str(value)) for name, value in record.values.items() if value is not None))


def _units(record: Record, name: str) -> int:
    value = record.values.get(name)
    return value if isinstance(value, int) else 0


def _told_amount(record: Record) -> int:
    """What a record 12 says was paid, with and without a fee."""
    return sum(_units(record, name) for name in ("DP_CASH", "DP_MERCH", "DP_NOFEE"))


def _days_apart(told: Record, answer: Record) -> int:
    first, second = told.values.get("DP_DATE"), answer.values.get("PAY_DATE")
    return abs((second - first).days) if isinstance(first, date) and isinstance(second, date) else ANSWER_DAYS + 1


def _not_after(first: object, second: object) -> bool:
    return not (isinstance(first, date) and isinstance(second, date)) or first <= second
