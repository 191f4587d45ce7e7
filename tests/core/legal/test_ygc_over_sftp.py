"""An account goes to a law firm's SFTP server, out of the plugin's own process, and the firm's answers come back."""

import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from core.kit import db, files
from core.kit.db import Database
from core.kit.errors import DomainError
from core.kit.money import Money
from core.legal.book_money import BOOK_JOB
from core.legal.facts import CaseFacts
from core.legal.follow_case import JOB as FOLLOW
from core.legal.hand_over import HandOver, hand_over
from core.legal.kinds import CostApprover, HandoffState
from core.legal.set_cost_terms import SetCostTerms, set_cost_terms
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.plugin_host import host
from core.plugin_host.call import call
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.offers import LEGAL_CHANNEL
from core.plugin_host.process import link_of
from core.plugin_host.tell_events import tell_next
from recobro import worker
from recobro_sdk import CaseDocument, CaseNews, DocumentKind, Failed, HandoffRef, LegalStage, Pending, Settled
from recobro_sdk.layouts import Record
from recobro_ygc import Account, layout, read, record
from tests.core.house import House, house, make_debt

sys.path.insert(0, str(Path(__file__).parents[3] / "plugins" / "ygc" / "tests"))
from ygc_firms import FIRM, FORWARDER, SftpFirm

YGC = EntryPoint("ygc", "tests.core.ygc_plugin", "recobro")
PARTS = [("PRINCIPAL", 900_000_00, date(2026, 2, 1)), ("INTEREST_DEFAULT", 100_000_00, None)]
FACTS = CaseFacts(
    time_bar_on=date(2099, 1, 1),
    documents=(CaseDocument(kind=DocumentKind.CONTRACT, reference="C-1", dated=date(2025, 1, 15)),),
)


@dataclass
class Case:
    house: House
    firm: SftpFirm
    command: HandOver

    async def news(self, key: str) -> Any:
        return await call(
            self.house.north, LEGAL_CHANNEL, "ygc_sftp", "news", lambda channel: channel.news(HandoffRef(key)),
            answer=(Settled, Pending, Failed),
        )  # fmt: skip

    async def do(self, name: str) -> None:
        """Do every job of a name that waits, now."""
        async with db.transaction(self.house.north) as tx:
            found = await tx.fetch(
                "UPDATE job SET not_before = now() WHERE name = $1 AND state = 'QUEUED' RETURNING id", name
            )
        for row in found:
            assert await worker.run_job(row["id"])

    def sent(self) -> list[Record]:
        folder = sorted(self.firm.outbox.iterdir())
        return [item for path in folder for item in read(path.read_bytes()) if isinstance(item, Record)]


@pytest.fixture
async def case(database: Database) -> AsyncIterator[Case]:
    host.load(found=[YGC], strict=True)
    with SftpFirm() as firm:
        rooms = await house(database)
        debt = await make_debt(rooms.north, rooms.bank, PARTS, stage="PRE_LEGAL", debtor="Carlos Peña")
        await enable_offer(rooms.north, "ygc_payments", {})
        await enable_offer(rooms.north, "ygc_sftp", {**firm.settings(), "country": "CO", "currency": "COP"})
        command = HandOver(debt_id=debt.id, channel="ygc_sftp", facts=FACTS, idempotency_key="k1")
        yield Case(rooms, firm, command)
        await host.close(end=False)
        link_of(YGC.name, YGC.value)._ends.clear()
        host.load(found=[])


async def test_an_account_is_forwarded_and_the_firm_answers(case: Case) -> None:
    case.firm.acknowledges = False
    done = await hand_over(case.house.north, case.command)
    assert (done.state, done.problem) == (HandoffState.ACK, None) and done.receipt
    assert [item.type for item in case.sent()[:2]] == ["account", "debtor"]
    (name,) = case.firm.files
    async with db.transaction(case.house.north) as tx:
        (document,) = await tx.fetch("SELECT name, file_sha256 FROM legal_document")
        stage = await tx.fetchval("SELECT stage FROM debt")
    assert document["name"] == name and stage == "JUDICIAL"
    content = b"".join(files.read(case.house.north.agency, document["file_sha256"]))
    assert content == (case.firm.outbox / name).read_bytes()

    key = str(done.handoff_id)
    assert await case.news(key) == Pending()
    ours = Account(file_number=done.receipt, forwarder=FORWARDER, firm=FIRM)
    suit = record("suit", ours, SUIT_AMT=1_000_000_00, SUIT_DATE=date(2026, 9, 1), DOCKET_NO="26-1")
    case.firm.says(layout().dump([suit]), "answers")
    found = await case.news(key)
    assert isinstance(found, Settled) and isinstance(found.value, CaseNews)
    assert (found.value.stage, found.value.events[0].detail) == (LegalStage.FILED, "Suit, COP 1000000.00, docket 26-1")


async def test_a_payment_to_the_creditor_reaches_the_firm_once(case: Case) -> None:
    done = await hand_over(case.house.north, case.command)
    for number, whom in enumerate((ReceivedBy.CREDITOR, ReceivedBy.AGENCY)):
        paid = RecordPayment(
            debt_id=case.command.debt_id, amount=Money(10_000_00, "COP"), paid_on=date(2026, 5, 4),
            method=PaymentMethod.TRANSFER, received_by=whom, idempotency_key=f"p{number}",
        )  # fmt: skip
        await record_payment(case.house.north, paid)
    for _ in range(2):
        while await tell_next():
            continue
        assert isinstance(await case.news(str(done.handoff_id)), Settled)
    (direct,) = [item.values for item in case.sent() if item.type == "direct_payment"]
    assert (direct["DP_DATE"], direct["DP_CASH"], direct["FILENO"]) == (date(2026, 5, 4), 10_000_00, done.receipt)


async def test_what_the_firm_took_is_booked_once_and_what_bounced_is_taken_back(case: Case) -> None:
    done = await hand_over(case.house.north, case.command)
    nothing = Money(0, "COP")
    terms = SetCostTerms(
        mandate_id=case.house.bank.mandate_id, approver=CostApprover.CREDITOR, single=nothing, case=nothing,
        books_money=True,
    )  # fmt: skip
    await set_cost_terms(case.house.north, terms)
    ours = Account(file_number=str(done.receipt), forwarder=FORWARDER, firm=FIRM)
    taken, bounced = date(2026, 5, 4), date(2026, 5, 8)
    paid, direct, back = (
        record("financial", ours, RET_CODE=code, PAY_DATE=day, GROSS_PAY=gross, TA_NO=str(place))
        for place, (code, day, gross) in enumerate(
            ((1, taken, 30_000_00), (6, taken, 9_000_00), (1, bounced, -30_000_00))
        )
    )
    for name, records in (("one", [paid, direct]), ("two", [paid, direct, back]), ("three", [back, paid])):
        case.firm.says(layout().dump(records), name)
        await case.do(FOLLOW)
        await case.do(BOOK_JOB)
        while await tell_next():
            continue
    async with db.transaction(case.house.north) as tx:
        payments = await tx.fetch(
            "SELECT amount_minor, received_by, status, paid_on, reversed_on FROM payment ORDER BY id"
        )
        linked = await tx.fetchval(
            "SELECT count(*) FROM legal_money m JOIN legal_event e ON e.id = m.event_id AND e.reference = m.reference "
            "WHERE m.state = 'BOOKED' AND m.payment_id IS NOT NULL AND e.detail ~ 'GROSS_PAY|Takes back'"
        )
        balance = await tx.fetchval("SELECT balance_minor FROM debt WHERE id = $1", case.command.debt_id)
    assert {tuple(row) for row in payments} == {
        (30_000_00, "AGENCY", "REVERSED", taken, bounced), (9_000_00, "CREDITOR", "CLEARED", taken, None),
    }  # fmt: skip
    assert (len(payments), linked, balance) == (2, 3, 1_000_000_00 - 9_000_00)
    assert not [item for item in case.sent() if item.type == "direct_payment"], "the firm's own is not told back to it"


@pytest.mark.parametrize("address", ["sftp://10.0.0.7", "sftp://localhost", "sftp://169.254.169.254:22"])
async def test_a_server_inside_is_not_reached(case: Case, address: str) -> None:
    host.load(found=[EntryPoint("ygc", "recobro_ygc.plugin", "recobro")], strict=True)
    with pytest.raises(DomainError) as caught:
        await enable_offer(case.house.south, "ygc_sftp", {**case.firm.settings(), "address": address})
    assert "address" in caught.value.message
    host.load(found=[YGC], strict=True)
