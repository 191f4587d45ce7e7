"""The dossier has how the interest came about and what the books prove, and its hash is of what was handed over."""

from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256

import orjson
import pytest

from core.agreements.kinds import AgreementChannel
from core.agreements.record_promise import RecordPromise, record_promise
from core.debts.record_demand import RecordDemand, record_demand
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Conflict
from core.kit.money import Money
from core.legal.dossier import build_dossier, dossier_from_json, read_books
from core.legal.facts import CaseFacts
from core.legal.hand_over import HandOver, hand_over
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.plugin_host import host
from core.plugin_host.enable_offer import enable_offer
from recobro_sdk import Dossier, EvidenceKind
from tests.core.house import House, house, make_debt
from tests.core.interest.interest_house import MILLION, accrue, bearing, certify
from tests.core.legal.case_house import Channel, Firm
from tests.core.plugin_house import no_plugins, offer, plugin

NOW = datetime(2026, 4, 20, 15, tzinfo=UTC)


async def _dossier(rooms: House, debt_id: object, facts: CaseFacts | None = None) -> Dossier:
    async with db.transaction(rooms.north, read_only=True) as tx:
        books = await read_books(tx, debt_id)  # type: ignore[arg-type]
    return build_dossier(books, facts or CaseFacts(), rooms.north.actor, contacts=True)


async def test_the_interest_line_by_line_comes_to_what_is_claimed(database: Database) -> None:
    with clock.at(NOW):
        rooms = await house(database)
        await certify(rooms.north)
        debt = await bearing(rooms.north, rooms.bank)
        await accrue(rooms.north, debt.id, date(2026, 4, 15))
        dossier = await _dossier(rooms, debt.id)
    before, after = dossier.statement
    assert [(line.first_on, line.last_on, line.days, line.rate, line.cap) for line in (before, after)] == [
        (date(2026, 3, 15), date(2026, 4, 1), 17, Decimal("26.77"), Decimal("26.77")),
        (date(2026, 4, 1), date(2026, 4, 15), 14, Decimal("28.17"), Decimal("28.17")),
    ]
    assert before.base == after.base == Decimal(MILLION // 100) and after.source == "R-2026-04-01"
    assert round(after.total, 2) == Decimal("20574.21") == round(before.interest + after.interest, 2)
    claimed = {part.concept: part.amount.minor_units for part in dossier.components}
    assert claimed["default_interest"] == 20_574_21 and sum(claimed.values()) == dossier.case.claim.minor_units
    # What was agreed (60 %) is above the cap, and what is claimed is not.
    assert (dossier.case.agreed_rate, dossier.case.rate_cap) == (Decimal("28.17"), Decimal("28.17"))


async def test_what_people_say_of_rates_counts_before_the_books(database: Database) -> None:
    with clock.at(NOW):
        rooms = await house(database)
        await certify(rooms.north)
        debt = await bearing(rooms.north, rooms.bank)
        await accrue(rooms.north, debt.id, date(2026, 4, 15))
        dossier = await _dossier(rooms, debt.id, CaseFacts(agreed_rate=Decimal(60)))
    assert (dossier.case.agreed_rate, dossier.case.rate_cap) == (Decimal(60), None)


async def test_evidence_is_what_the_books_prove_oldest_first(database: Database) -> None:
    with clock.at(NOW):
        rooms = await house(database)
        debt = await make_debt(rooms.north, rooms.bank, [("PRINCIPAL", 900_000_00, date(2026, 3, 1))])
        await record_demand(rooms.north, RecordDemand(debt_id=debt.id, demanded_on=date(2026, 3, 9)))
        for key, day in (("p1", 4), ("p2", 3)):
            paid = RecordPayment(
                debt_id=debt.id, amount=Money(10_000_00, "COP"), paid_on=date(2026, 4, day), method=PaymentMethod.CASH,
                received_by=ReceivedBy.AGENCY, idempotency_key=key, reference=f"Recibo {key}",
            )  # fmt: skip
            await record_payment(rooms.north, paid)
        promise = RecordPromise(
            debt_id=debt.id, amount=Money(5_000_00, "COP"), due_on=date(2026, 4, 30), channel=AgreementChannel.CALL,
            idempotency_key="a1",
        )  # fmt: skip
        await record_promise(rooms.north, promise)
        dossier = await _dossier(rooms, debt.id)
    assert [(one.kind, one.on) for one in dossier.evidence[1:]] == [
        (EvidenceKind.DEMAND, date(2026, 3, 9)),
        (EvidenceKind.PAYMENT, date(2026, 4, 3)),
        (EvidenceKind.PAYMENT, date(2026, 4, 4)),
        (EvidenceKind.PROMISE, date(2026, 4, 20)),
    ]
    assert dossier.evidence[0].kind is EvidenceKind.PLACEMENT
    texts = [one.text for one in dossier.evidence]
    assert texts[0] == "Entrega para cobro por COP 900,000.00"
    assert texts[2] == "Pago de COP 10,000.00, referencia Recibo p2"
    assert texts[4] == "Compromiso de pago por COP 5,000.00, vigente"
    assert dossier.statement == () and dossier.case.agreed_rate is None


async def test_the_stored_hash_is_of_the_stored_dossier(database: Database) -> None:
    async with no_plugins():
        made = plugin("firm", recobro_legal_channels=lambda: [offer("firm", lambda _, __: Channel(Firm()))])
        host.register("firm", made, strict=True)
        with clock.at(NOW):
            rooms = await house(database)
            await certify(rooms.north)
            debt = await bearing(rooms.north, rooms.bank)
            await accrue(rooms.north, debt.id, date(2026, 4, 15))
            await enable_offer(rooms.north, "firm", {})
            await hand_over(rooms.north, HandOver(debt_id=debt.id, channel="firm", idempotency_key="k1"))
            expected = await _dossier(rooms, debt.id)
        async with db.transaction(rooms.north) as tx:
            row = await tx.fetchrow("SELECT dossier, dossier_sha256 FROM legal_handoff")
    assert row is not None
    assert sha256(orjson.dumps(row["dossier"], option=orjson.OPT_SORT_KEYS)).hexdigest() == row["dossier_sha256"]
    stored = dossier_from_json(row["dossier"])
    assert stored.statement == expected.statement and stored.evidence == expected.evidence


async def test_without_a_cap_for_the_days_nothing_is_handed_over(database: Database) -> None:
    with clock.at(NOW):
        rooms = await house(database)
        await certify(rooms.north)
        debt = await bearing(rooms.north, rooms.bank)
        await accrue(rooms.north, debt.id, date(2026, 4, 15))
        async with db.transaction(rooms.north) as tx:
            await tx.execute("DELETE FROM rate_cap WHERE agency_id = $1", rooms.north.agency)
        with pytest.raises(Conflict) as caught:
            await _dossier(rooms, debt.id)
    assert caught.value.code == "RATE_CAP_MISSING" and caught.value.remedy
