"""What the firm's records say of a case, in the words of the contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from recobro_sdk import (
    CaseEvent,
    CaseEventKind,
    CaseMoney,
    CaseMoneyKind,
    CaseNews,
    CaseStanding,
    LegalStage,
    Money,
)
from recobro_sdk.layouts import Record
from recobro_ygc.direct import Told
from recobro_ygc.kept import Kept
from recobro_ygc.money import DIRECT_PAYMENT, Effect, MoneyBook, Posting
from recobro_ygc.settings import ANSWERS, YgcSettings

MOST_EVENTS: Final = 500
MOST_MONEY: Final = 500
_COSTS: Final = range(33, 82)
_SETTLEMENT: Final = 3

_STAGES: Final[dict[str, LegalStage]] = {
    "acknowledged": LegalStage.ACKNOWLEDGED,
    "accepted": LegalStage.ACCEPTED,
    "refused": LegalStage.REFUSED,
    CaseEventKind.FILED: LegalStage.FILED,
    CaseEventKind.PAYMENT_ORDERED: LegalStage.PAYMENT_ORDERED,
    CaseEventKind.SERVED: LegalStage.SERVED,
    CaseEventKind.OPPOSED: LegalStage.OPPOSED,
    # With a judgment for the creditor the claim can be enforced.
    CaseEventKind.JUDGMENT: LegalStage.EXECUTION_CONTINUES,
    CaseEventKind.EXECUTION_CONTINUES: LegalStage.EXECUTION_CONTINUES,
    CaseEventKind.AUCTION_HELD: LegalStage.AUCTION,
    CaseEventKind.TERMINATED: LegalStage.CLOSED,
}
_ORDER: Final = tuple(LegalStage)
"""How far a case has come: an acknowledgement that comes late takes nothing back."""


def news(kept: Sequence[Kept], told: Iterable[Told], settings: YgcSettings) -> CaseNews | None:
    """All that is known of a case; None where the firm has said nothing yet.

    `told` are the records 12 that the firm was sent: its answers to those are no news. What comes twice is told once.
    Money of records 30 is told as such and as an event, both under the record's reference.
    """
    if not kept:
        return None
    stage, reason, events, money = LegalStage.ACKNOWLEDGED, "", dict[str, CaseEvent](), dict[str, CaseMoney]()
    book, untold, unmatched = MoneyBook(), sorted(told, key=lambda one: one.after), list[Kept]()
    for place, one in _without_stale(kept):
        while untold and untold[0].after <= place:
            book.tell(untold.pop(0).record)
        meaning = _meaning(one.record, settings)
        if meaning is not None and meaning in _STAGES:
            found = _STAGES[meaning]
            if found is LegalStage.REFUSED:
                reason = _text(one.record, "PCMT") or _text(one.record, "PCODE")
            stage = max(stage, found, key=_ORDER.index)
        if one.record.type == "financial":
            posting = book.decide(one.record)
            found_money = _money(one, posting, settings.currency, money)
            happened = _happened(one, posting, settings.currency)
            unmatched += [one] if posting.effect is Effect.UNMATCHED else []
            money |= {each.reference: each for each in found_money}
        else:
            happened = _events(one, meaning, settings.currency)
        for event in happened:
            events.setdefault(event.reference, event)
    for one in unmatched:
        late = _money(one, book.again(one.record), settings.currency, money)
        money |= {each.reference: each for each in late}
    return CaseNews(
        stage=stage,
        reason=reason,
        events=tuple(events.values())[-MOST_EVENTS:],
        money=tuple(money.values())[-MOST_MONEY:],
        standing=_standing(kept, settings.currency),
    )


def _standing(kept: Sequence[Kept], currency: str) -> CaseStanding | None:
    """The account as the last record 38 or 42 has it that gives a balance, on the day until which interest is in it."""
    for one in reversed(kept):
        values, paid = one.record.values, None
        if one.record.type == "balances" and values.get("DBAL") is not None:
            balance = _units(one.record, "DBAL")
        elif one.record.type == "reconciliation" and values.get("D1_BAL") is not None:
            balance = sum(_units(one.record, name) for name in ("D1_BAL", "IDUE", "COST_BAL"))
            paid = Money(_units(one.record, "PAID"), currency) if values.get("PAID") is not None else None
        else:
            continue
        on = values.get("IDATE")
        day = on if isinstance(on, date) and on <= one.read_on else one.read_on
        return CaseStanding(on=day, balance=Money(balance, currency), paid=paid)
    return None


def _without_stale(kept: Sequence[Kept]) -> Iterator[tuple[int, Kept]]:
    """Balances are told as they are now, not as they once were. With the place of each."""
    last = {one.record.type: place for place, one in enumerate(kept)}
    for place, one in enumerate(kept):
        if one.record.type not in ("balances", "reconciliation") or last[one.record.type] == place:
            yield place, one


def _meaning(record: Record, settings: YgcSettings) -> str | None:
    match record.type:
        case "message_in":
            return settings.meaning(_text(record, "PCODE"))
        case "suit":
            if record.values.get("JUDG_PRIN") is not None:
                return CaseEventKind.JUDGMENT
            return CaseEventKind.FILED if record.values.get("SUIT_DATE") is not None else None
        case _:
            return None


def _events(one: Kept, meaning: str | None, currency: str) -> Iterator[CaseEvent]:
    record = one.record
    match record.type:
        case "message_in":
            # An answer is in the stage; everything else that the firm writes is an event.
            if meaning not in ANSWERS:
                kind = CaseEventKind(meaning) if meaning is not None else CaseEventKind.OTHER
                yield _event(one, kind, "PDATE", f"{_text(record, 'PCODE')} {_text(record, 'PCMT')}".strip())
        case "suit":
            yield from _suit(one, currency)
        case "payment_plan":
            yield _event(one, CaseEventKind.OTHER, "PLAN_DATE", f"Payment plan: {_described(record, currency)}")
        case "balances" | "reconciliation":
            day = "IDATE" if record.type == "balances" else "DPLACED"
            what = "Balances" if record.type == "balances" else "Account as the firm has it"
            yield _event(one, CaseEventKind.OTHER, day, f"{what}: {_described(record, currency)}")
        case _:
            return


def _suit(one: Kept, currency: str) -> Iterator[CaseEvent]:
    """One record may tell of the suit and of the judgment: two events, each by its own day."""
    values = one.record.values
    court = ", ".join(text for name in ("CRT_NAME", "CRT_CITY", "CRT_STATE") if (text := _text(one.record, name)))
    if values.get("SUIT_DATE") is not None:
        docket = f"docket {_text(one.record, 'DOCKET_NO')}" if _text(one.record, "DOCKET_NO") else ""
        parts = ("Suit", _amount(values.get("SUIT_AMT"), currency), docket, court)
        # By what it says and not by the record: the one with the judgment repeats it.
        reference = f"suit-{values['SUIT_DATE']}-{_text(one.record, 'DOCKET_NO')}"
        yield _event(one, CaseEventKind.FILED, "SUIT_DATE", ", ".join(filter(None, parts)), reference)
    if values.get("JUDG_PRIN") is not None:
        yield _event(one, CaseEventKind.JUDGMENT, "JDGMNT_DATE", f"Judgment: {_described(one.record, currency)}")


def _happened(one: Kept, posting: Posting, currency: str) -> Iterator[CaseEvent]:
    """The event of a record 30."""
    if posting.effect in (Effect.ANSWERS, Effect.DUPLICATE):
        return
    values, amount = one.record.values, _amount(one.record.values.get("GROSS_PAY"), currency)
    code = values.get("RET_CODE")
    what = "Cost" if code in _COSTS else "Settlement payment" if code == _SETTLEMENT else "Payment"
    text = f"{what} of {amount}: {_described(one.record, currency)}"
    if posting.effect is Effect.REVERSES and posting.of is not None:
        text = f"Takes back the {what.lower()} of {posting.of.values.get('PAY_DATE')}, {amount}"
    elif posting.effect is Effect.UNMATCHED:
        text = f"Takes back a {what.lower()} that was never told, {amount}: somebody has to look"
    yield _event(one, CaseEventKind.OTHER, "PAY_DATE", text)


def _money(one: Kept, posting: Posting, currency: str, told: Mapping[str, CaseMoney]) -> Iterator[CaseMoney]:
    """The money of a record 30, with the fee that was kept of it, and what is paid over. What takes back something that
    was not told as money (our own payment, which the firm had answered; nothing at all) is an event, for a person."""
    values = one.record.values
    gross, on, code = _units(one.record, "GROSS_PAY"), values.get("PAY_DATE"), values.get("RET_CODE")
    remittance = _text(one.record, "TA_NO")
    if gross == 0 or not isinstance(on, date):
        return
    if posting.effect is Effect.REVERSES and posting.of is not None:
        of = Kept(posting.of, one.read_on).reference
        if of in told:
            yield _amount_of(one.reference, CaseMoneyKind.REVERSED, -gross, currency, on, of=of, remittance=remittance)
    elif posting.effect is Effect.POST:
        kind = CaseMoneyKind.DIRECT if code == DIRECT_PAYMENT else CaseMoneyKind.RECEIVED
        detail = f"return code {code}, remittance {remittance or 'not given'}"
        kind = CaseMoneyKind.COST if code in _COSTS else kind
        paid_over = remittance if kind is CaseMoneyKind.RECEIVED else ""
        yield _amount_of(one.reference, kind, gross, currency, on, detail=detail, remittance=paid_over)
        if kind is CaseMoneyKind.RECEIVED:
            for name, kept in (("FEES", CaseMoneyKind.FEE), ("CHECK_AMT", CaseMoneyKind.REMITTED)):
                if (minor := _units(one.record, name)) > 0:
                    reference = f"{one.reference}-{name.lower()}"
                    yield _amount_of(reference, kept, minor, currency, on, of=one.reference, detail=name)


def _amount_of(
    reference: str, kind: CaseMoneyKind, minor: int, currency: str, on: date, *, of: str = "", detail: str = "",
    remittance: str = "",
) -> CaseMoney:  # fmt: skip
    amount = Money(minor, currency)
    return CaseMoney(
        reference=reference, kind=kind, amount=amount, on=on, of=of, detail=detail, remittance=remittance
    )  # fmt: skip


def _units(record: Record, name: str) -> int:
    value = record.values.get(name)
    return value if isinstance(value, int) else 0


def _event(one: Kept, kind: CaseEventKind, day: str, detail: str, reference: str = "") -> CaseEvent:
    on = one.record.values.get(day)
    return CaseEvent(
        reference=reference or one.reference, kind=kind, on=on if isinstance(on, date) else one.read_on, detail=detail
    )


_COMMON: Final = frozenset({"RECORD_CODE", "FILENO", "FORW_FILE", "MASCO_FILE", "FIRM_ID", "FORW_ID"})
_PERSONAL: Final = frozenset({"DEBT_NAME", "DEBT_CS", "DEBT_ZIP"})


def _described(record: Record, currency: str) -> str:
    """Every field that has a value, by its name in the layout."""
    parts = [
        f"{name} {_amount(value, currency) if isinstance(value, int) and name not in _NUMBERS else value}"
        for name, value in record.values.items()
        if value is not None and name not in _COMMON | _PERSONAL
    ]
    return ", ".join(parts)


_NUMBERS: Final = frozenset({"RET_CODE", "NO_PMTS"})


def _amount(value: object, currency: str) -> str:
    if not isinstance(value, int):
        return "" if value is None else str(value)
    return f"{currency} {Money(value, currency).to_text()}"


def _text(record: Record, name: str) -> str:
    value = record.values.get(name)
    return "" if value is None or isinstance(value, Decimal) else str(value)
