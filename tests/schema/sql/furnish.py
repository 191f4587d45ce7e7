"""Rows of every kind that the API can show, so that comparing two empty answers proves nothing."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.kit import clock, db
from core.kit.db import Tx
from core.kit.filters import EVERYTHING
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from core.segments.evaluate_segment import evaluate_segment
from core.segments.save_segment import SaveSegment, save_segment
from tests.core.house import House, make_debt

_SAMPLES: dict[str, Any] = {
    "uuid": None, "text": "x", "character varying": "x", "integer": 7, "bigint": 12_345_678_901, "smallint": 1,
    "boolean": True, "jsonb": {"a": [1, "ñ\u0001\"\\"]}, "date": date(2026, 5, 4),
    "numeric": Decimal("0.123456"), "timestamp with time zone": datetime(2026, 5, 4, 3, 2, 1, 120_000, UTC),
}  # fmt: skip


async def insert(tx: Tx, table: str, **given: Any) -> UUID:
    """A row with the columns given, and something in all others that need a value."""
    columns = await tx.fetch(
        "SELECT a.attname AS name, format_type(a.atttypid, NULL) AS kind FROM pg_attribute a "
        "WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND NOT a.atthasdef "
        "AND a.attidentity = ''",
        table,
    )
    row = {c["name"]: new_id() if c["kind"] == "uuid" else _SAMPLES[c["kind"]] for c in columns}
    row |= {"agency_id": tx.scope.agency, "id": new_id()} | given
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    names = ", ".join(f'"{name}"' for name in row)
    await tx.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *row.values())
    return row["id"]


async def furnish(house: House) -> None:
    """Debts with payments (one reversed), inquiries, handoffs, files, jobs, reports, segments: at two agencies."""
    for scope, client in ((house.north, house.bank), (house.south, house.bank_south), (house.north, house.shop)):
        for n in range(4):
            parts = [("PRINCIPAL", 100_000 + n, date(2026, 3, 1 + n)), ("INTEREST_ORDINARY", 500, None)]
            debt = await make_debt(scope, client, parts, debtor='Ana "Ñ" \\ Pérez', reference=f"R-{n}")
            for day in (1, 2, 3):
                paid = await record_payment(scope, _payment(debt.id, day))
            await reverse_payment(
                scope, ReversePayment(payment_id=paid.payment_id, reversed_on=date(2026, 6, 9), reason='"NSF"\n')
            )
            await _around(scope, client.creditor_id, client.mandate_id, client.portfolio_id, debt.id, debt.party_id)
    for scope in (house.north, house.south):
        for name in ("All", "Ñ"):
            saved = await save_segment(scope, SaveSegment(name=name, tree=EVERYTHING))
            await evaluate_segment(scope, saved.segment_id)


async def _bank(tx: Tx, debt_id: UUID) -> None:
    """An account with a file, a statement, an entry that waits, one that is a payment, one of several, one an order, one
    moved."""
    unique = new_id().hex.upper()
    account = await insert(tx, "bank_account", name=unique, kind="TRUST", number=unique, currency="COP")
    file = await insert(tx, "bank_file", account_id=account, file_sha256=unique * 2, state="IMPORTED", format="CAMT")
    statement = await insert(
        tx, "bank_statement", file_id=file, account_id=account, format="CAMT", currency="COP", opening_minor=-5,
        warnings=["BATCH_NOT_SPLIT: ñ"], digest=unique * 2,
    )  # fmt: skip
    entry = {"statement_id": statement, "account_id": account, "currency": "COP", "direction": "CREDIT"}
    paid = await tx.fetchval("SELECT id FROM payment WHERE debt_id = $1 AND status = 'CLEARED' LIMIT 1", debt_id)
    await insert(tx, "bank_entry", **entry, entry_key="waits", amount_minor=9, text='"?"\n')
    await insert(
        tx, "bank_entry", **entry, entry_key="paid", amount_minor=8, state="MATCHED", rung="AMOUNT", debt_id=debt_id,
        payment_id=paid,
    )  # fmt: skip
    shared = await insert(
        tx, "bank_entry", **entry, entry_key="shared", amount_minor=5, state="MATCHED", rung="REMITTANCE", shares=2
    )
    for payment, kept in zip(
        await tx.fetch("SELECT id FROM payment WHERE debt_id = $1 ORDER BY id LIMIT 2", debt_id), (1, 0), strict=True
    ):
        await insert(
            tx, "bank_share", entry_id=shared, payment_id=payment["id"], currency="COP", amount_minor=3 - kept,
            kept_minor=kept,
        )  # fmt: skip
    order = await tx.fetchval(
        "SELECT id FROM remittance_order o WHERE kind = 'REMIT' "
        "AND NOT EXISTS (SELECT FROM bank_entry b WHERE b.order_id = o.id) LIMIT 1"
    )
    await insert(
        tx, "bank_entry", **entry | {"direction": "DEBIT"}, entry_key="sent", amount_minor=7, state="MATCHED",
        rung="END_TO_END", order_id=order,
    )  # fmt: skip
    moved = await insert(tx, "bank_entry", **entry, entry_key="came", amount_minor=6)
    await insert(
        tx, "bank_entry", **entry | {"direction": "DEBIT"}, entry_key="went", amount_minor=6, state="MATCHED",
        rung="OWN_ACCOUNT", counterpart_id=moved,
    )  # fmt: skip


def _payment(debt_id: UUID, day: int) -> RecordPayment:
    return RecordPayment(
        debt_id=debt_id, amount=Money(700 + day, "COP"), paid_on=date(2026, 6, day), method=PaymentMethod.CASH,
        received_by=ReceivedBy.AGENCY, idempotency_key=str(new_id()),
    )  # fmt: skip


async def _around(
    scope: Scope, creditor_id: UUID, mandate_id: UUID, portfolio_id: UUID, debt_id: UUID, party_id: UUID
) -> None:
    mine = {"creditor_id": creditor_id}
    async with db.transaction(scope) as tx:
        for first_on, last_on in ((date(2026, 3, 1), date(2026, 3, 9)), (date(2026, 4, 1), None)):
            await insert(
                tx, "interest_pause", **mine, debt_id=debt_id, reason="DISPUTE", first_on=first_on, last_on=last_on
            )
        await insert(tx, "bureau_inquiry", **mine, party_id=party_id, debt_id=debt_id, idempotency_key=str(new_id()))
        furnished = await insert(
            tx, "furnishing_batch", **mine, provider="b", state="SUBMITTED", receipt="N-1", withheld_by_rule={"R": 1},
            answer="PARTLY", records=2, accepted=1, rejected=1, answered_at=clock.now(),
        )  # fmt: skip
        for answered in (False, True):
            await insert(tx, "furnishing_file", batch_id=furnished, file_sha256="0" * 64, from_bureau=answered)
        await insert(tx, "furnishing_withheld", batch_id=furnished, debt_id=debt_id)
        await insert(tx, "furnishing_reject", batch_id=furnished, debt_id=debt_id, field="balance", remedy="ñ")
        check = {"code": "C", "title": "T", "satisfied": True, "risk": "", "remedy": "ñ", "blocks": False}
        handoff = await insert(
            tx, "legal_handoff", **mine, debt_id=debt_id, state="SENT", checklist=[check], dossier={"case": {"country": "CO"}}, stage="SERVED",
            idempotency_key=str(new_id()), standing_on=date(2026, 6, 1), their_minor=5, our_minor=3, difference_minor=2,
        )  # fmt: skip
        await insert(tx, "legal_document", **mine, handoff_id=handoff, file_sha256="0" * 64)
        await _sued(tx, mine, mandate_id, handoff)
        layout = await insert(
            tx, "file_layout", **mine, mandate_id=mandate_id, kind="NEW", version=new_id().int % 30_000
        )
        batch = await insert(
            tx, "placement_batch", **mine, mandate_id=mandate_id, portfolio_id=portfolio_id, layout_id=layout,
            kind="NEW", state="ACCEPTED", file_sha256=new_id().hex * 2, issues_by_code={"A": 2, "B": 1},
        )  # fmt: skip
        job = await insert(
            tx, "job", **mine, subject_id=batch, payload={}, scope={"actor": ["system", "x", ""]}, state="DONE"
        )
        await _agreed(tx, mine, debt_id)
        await _settled(tx, mine, mandate_id, debt_id)
        await _bank(tx, debt_id)
        run = await insert(tx, "report_run", **mine, state="READY", job_id=job)
        await insert(tx, "report_file", **mine, run_id=run, name=f"f-{run.hex[-4:]}", file_sha256="0" * 64)


async def _sued(tx: Tx, mine: dict[str, UUID], mandate_id: UUID, handoff: UUID) -> None:
    """A case with its steps, events, deadlines, costs and money, and terms of costs."""
    of, by = {**mine, "handoff_id": handoff}, {"changed_by": "user:x", "changed_at": datetime(2026, 5, 4, tzinfo=UTC)}
    for state in ("PACKAGED", "ACK"):
        await insert(tx, "legal_step", **of, state=state, reason='"ñ"')
    event = await insert(tx, "legal_event", **of, kind="SERVED", reference="e-1", detail="ñ")
    await insert(tx, "legal_event", **of, kind="HEARING_SET", reference="e-2", scheduled_on=date(2026, 8, 3))
    late = {"due_on": date(2026, 5, 1), "computed_on": date(2026, 5, 1)}
    await insert(tx, "legal_deadline", **of, event_id=event, code="debtor_pays", party="THEIRS")
    await insert(tx, "legal_deadline", **of, **late, **by, event_id=event, code="hearing", party="OURS", state="DONE")
    asked = {"kind": "BAILIFF", "currency": "COP", "approver": "CREDITOR", "charged": True}
    await insert(tx, "legal_cost", **of, **asked, reference="c-1")
    decided = {"decided_by": "user:y", "decided_at": datetime(2026, 5, 4, tzinfo=UTC), "charge_id": new_id()}
    await insert(tx, "legal_cost", **of, **asked, **decided, reference="c-2", state="PAID", paid_on=date(2026, 5, 5))
    told = {"event_id": event, "currency": "COP", "kind": "RECEIVED"}
    await insert(tx, "legal_money", **of, **told, reference="m-1", problem="PAYMENT_SIMILAR")
    booked = {"decided_by": "user:y", "decided_at": datetime(2026, 5, 4, tzinfo=UTC), "state": "BOOKED"}
    payment = await tx.fetchval(
        "SELECT id FROM payment WHERE creditor_id = $1 ORDER BY id LIMIT 1", mine["creditor_id"]
    )
    await insert(tx, "legal_money", **of, **told, **booked, reference="m-2", of_reference="m-1", payment_id=payment)
    await insert(
        tx, "legal_cost_terms", **mine, mandate_id=mandate_id, version=new_id().int % 2_000_000_000, approver="AGENCY",
        single_minor=5, case_minor=9,
    )  # fmt: skip


async def _agreed(tx: Tx, mine: dict[str, UUID], debt_id: UUID) -> None:
    """A plan of two instalments with money towards one of them, and a promise before it that was broken."""
    payment_id: UUID = await tx.fetchval("SELECT id FROM payment WHERE debt_id = $1 ORDER BY id LIMIT 1", debt_id)
    of = {**mine, "debt_id": debt_id, "currency": "COP"}
    gone = await insert(
        tx, "agreement", **of, kind="PROMISE", channel="CALL", status="BROKEN", ended_on=date(2026, 4, 1)
    )
    plan = await insert(tx, "agreement", **of, kind="PLAN", channel="PORTAL", amount_minor=9)
    numbered = [(gone, 1, "BROKEN"), (plan, 1, "KEPT"), (plan, 2, "PENDING")]
    for agreement_id, number, status in numbered:
        promise = await insert(
            tx, "promise", **of, agreement_id=agreement_id, number=number, status=status, amount_minor=5,
            due_on=date(2026, 4, number),
        )  # fmt: skip
        if status == "KEPT":
            await insert(tx, "promise_payment", **mine, payment_id=payment_id, promise_id=promise, amount_minor=5)


async def _settled(tx: Tx, mine: dict[str, UUID], mandate_id: UUID, debt_id: UUID) -> None:
    """A schedule with a fee line that is reversed, and a statement of both with its order and its posting."""
    payment_id: UUID = await tx.fetchval("SELECT id FROM payment WHERE debt_id = $1 ORDER BY id LIMIT 1", debt_id)
    number = new_id().int % 2_000_000_000
    schedule = await insert(
        tx, "commission_schedule", **mine, mandate_id=mandate_id, version=number, tax_rate=Decimal("0.19"),
        valid_from=date(2026, 1, 1) + timedelta(days=number % 300_000),
    )  # fmt: skip
    of = {**mine, "debt_id": debt_id, "payment_id": payment_id, "schedule_id": schedule, "currency": "COP"}
    numbers = {"rate": Decimal("0.250000"), "rounding": Decimal("0.500000"), "stage": "EARLY"}
    fee = await insert(tx, "fee_line", **of, **numbers, kind="COMMISSION", tier=1, component="PRINCIPAL")
    back = await insert(tx, "fee_line", **of, **numbers, kind="COMMISSION", reverses_id=fee)
    statement = await insert(
        tx, "remittance_statement", **mine, number=number, currency="COP", document='{"a":"ñ"}', sha256="0" * 64,
        first_on=date(2026, 5, 1), last_on=date(2026, 5, 31),
    )  # fmt: skip
    posting: UUID = await tx.fetchval("SELECT id FROM ledger_posting WHERE source_id = $1 LIMIT 1", payment_id)
    about = {**mine, "statement_id": statement, "debt_id": debt_id, "payment_id": payment_id}
    for position, (kind, states) in enumerate(
        (("PAYMENT", {"posting_id": posting}), ("FEE", {"fee_line_id": fee}), ("FEE", {"fee_line_id": back})), start=1
    ):
        await insert(tx, "statement_line", **about, **states, position=position, kind=kind)
    for kind in ("REMIT", "SWEEP"):
        await insert(tx, "remittance_order", **mine, statement_id=statement, kind=kind, currency="COP")
    await insert(
        tx, "ledger_posting", **mine, kind="REMITTANCE", debit="CLIENT", credit="TRUST_BANK", currency="COP",
        amount_minor=1, source_id=statement,
    )  # fmt: skip
    await insert(tx, "remittance_agreement", **mine, version=number, terms={"shortfall": "CARRY"})
