"""Plays the demo's history: each step by the use case that the API calls for it, with the clock held at its moment."""

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import timedelta
from uuid import UUID

from core.bureaus.kinds import InquiryState
from core.bureaus.request_inquiry import RequestInquiry, request_inquiry
from core.bureaus.rules import ConsentGiven
from core.debts.assign_debt import AssignDebt, assign_debt
from core.debts.change_stage import ChangeStage, change_stage
from core.debts.flag_dispute import FlagDispute, flag_dispute
from core.debts.refresh_stages import request_stage_refresh
from core.kit import clock, db, files
from core.kit.money import Money
from core.kit.scope import Scope
from core.legal.facts import CaseFacts
from core.legal.hand_over import HandOver, hand_over
from core.legal.kinds import HandoffState
from core.mandates.kinds import FileKind
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from core.placements.accept_batch import accept_batch
from core.placements.kinds import BatchState
from core.placements.upload_file import UploadFile, upload_file
from recobro.demo.deeds import Deed, DeedKind
from recobro.demo.history import DeedStep, FileStep, PaymentStep, RefreshStep, ReversalStep, Step
from recobro.demo.layouts import CHANNELS
from recobro.demo.plan import CURRENCY
from recobro.demo.setup import BUREAU, LEGAL, Ground, Mandate
from recobro.worker import run_job
from recobro_sdk import CaseDocument, DocumentKind, Purpose
from tenants.kinds import Role

_MAX_FILE = 64 << 20


class DemoFault(RuntimeError):
    """The history did not go as it was written: a fault of ours."""


class Player:
    """Plays steps of one agency, in order."""

    def __init__(self, ground: Ground, agency: str) -> None:
        self._ground = ground
        self._agency = agency
        self._debts: dict[tuple[str, str], UUID] = {}
        self._payments: dict[int, UUID] = {}

    async def play(self, steps: Iterable[Step], told: Callable[[], None]) -> None:
        """Play the steps; `told` after each. Raises: DomainError, DemoFault."""
        latest = clock.now()
        for step in steps:
            with clock.at(min(step.at, latest)):
                await self._step(step)
            told()

    async def _step(self, step: Step) -> None:
        match step:
            case FileStep():
                await self._file(step)
            case PaymentStep():
                await self._payment(step)
            case ReversalStep():
                command = ReversePayment(
                    payment_id=self._payments[step.number], reason=step.reason, reversed_on=step.on
                )
                await reverse_payment(self._who(Role.SUPERVISOR), command)
            case DeedStep():
                await self._deed(step.deed, self._debts[step.mandate, step.reference])
            case RefreshStep():
                await _done(await request_stage_refresh(self._who(Role.SUPERVISOR)))

    def _who(self, role: Role) -> Scope:
        return self._ground.staff[self._agency, role]

    async def _file(self, step: FileStep) -> None:
        """Upload, dry run, acceptance, import."""
        scope, mandate = self._who(Role.SUPERVISOR), self._ground.mandates[step.mandate]
        stored = await files.store(scope.agency, _in_one_piece(step.file.content), max_bytes=_MAX_FILE)
        uploaded = await upload_file(
            scope,
            UploadFile(
                mandate_id=mandate.id,
                kind=step.file.kind,
                file=stored,
                file_name=step.file.name,
            ),
        )
        if uploaded.job_id is None:
            raise DemoFault(f"{step.file.name} was there already")
        await _done(uploaded.job_id)
        accepted = await accept_batch(scope, uploaded.batch_id)
        await _done(accepted.job_id)
        await self._check(scope, step, uploaded.batch_id)
        if step.file.kind is FileKind.NEW:
            await self._learn(scope, mandate, uploaded.batch_id)

    async def _check(self, scope: Scope, step: FileStep, batch_id: UUID) -> None:
        async with db.transaction(scope, read_only=True) as tx:
            batch = await tx.fetchrow(
                "SELECT state, rows_accepted, error_message, issues_by_code FROM placement_batch "
                "WHERE agency_id = $1 AND id = $2",
                scope.agency, batch_id,
            )  # fmt: skip
        assert batch is not None
        wanted = step.file.rows - step.file.bad_rows
        if batch["state"] != BatchState.ACTIVE or batch["rows_accepted"] != wanted:
            said = batch["error_message"] or batch["issues_by_code"]
            raise DemoFault(f"{step.file.name}: {batch['rows_accepted']} of {wanted} rows accepted ({said})")

    async def _learn(self, scope: Scope, mandate: Mandate, batch_id: UUID) -> None:
        """The ids of the debts that a file brought."""
        async with db.transaction(scope, read_only=True) as tx:
            rows = await tx.fetch(
                "SELECT reference, id FROM debt WHERE agency_id = $1 AND mandate_id = $2 AND source_id = $3",
                scope.agency, mandate.id, batch_id,
            )  # fmt: skip
        self._debts |= {(mandate.plan.key, row["reference"]): UUID(str(row["id"])) for row in rows}

    async def _payment(self, step: PaymentStep) -> None:
        paid = step.payment
        recorded = await record_payment(
            self._who(Role.COLLECTOR),
            RecordPayment(
                debt_id=self._debts[step.mandate, step.reference],
                amount=Money(paid.minor, CURRENCY),
                paid_on=paid.paid_on,
                method=PaymentMethod(CHANNELS[paid.channel]),
                received_by=ReceivedBy.AGENCY,
                idempotency_key=f"demo-{step.mandate}-{step.number}",
                reference=paid.voucher,
            ),
        )
        self._payments[step.number] = recorded.payment_id

    async def _deed(self, deed: Deed, debt_id: UUID) -> None:
        collector = self._who(Role.COLLECTOR)
        match deed.kind:
            case DeedKind.DISPUTE | DeedKind.SETTLE:
                disputed = deed.kind is DeedKind.DISPUTE
                await flag_dispute(collector, FlagDispute(debt_id=debt_id, disputed=disputed, reason=deed.what))
            case DeedKind.STAGE:
                assert deed.stage is not None
                await change_stage(collector, ChangeStage(debt_id=debt_id, stage=deed.stage, reason=deed.what))
            case DeedKind.ASSIGN:
                team = self._ground.team[self._agency]
                await assign_debt(self._who(Role.SUPERVISOR), AssignDebt(debt_id=debt_id, assigned_to=team[deed.who]))
            case DeedKind.INQUIRE:
                await self._inquire(deed, debt_id)
            case DeedKind.HAND_OVER:
                await self._hand_over(deed, debt_id)

    async def _inquire(self, deed: Deed, debt_id: UUID) -> None:
        consent = ConsentGiven(
            reference=f"Autorización {deed.reference}",
            medium="formulario firmado",
            granted_at=clock.now() - timedelta(days=200),
            text_version="habeas-data-3",
        )
        command = RequestInquiry(
            debt_id=debt_id,
            provider=BUREAU,
            purpose=Purpose.REVIEW_OR_COLLECTION_OF_ACCOUNT,
            consent=consent,
            idempotency_key=f"demo-inquiry-{deed.reference}",
        )
        answered = await request_inquiry(self._who(Role.COMPLIANCE_OFFICER), command)
        if answered.state is not InquiryState.ANSWERED:
            raise DemoFault(f"the sandbox bureau did not answer: {answered.problem}")

    async def _hand_over(self, deed: Deed, debt_id: UUID) -> None:
        """With all papers; `what` names the one that is missing, where one is: then the checklist blocks."""
        dated = deed.on - timedelta(days=30)
        documents = tuple(
            CaseDocument(kind=kind, reference=f"{deed.reference}/{kind.value}", dated=dated)
            for kind in DocumentKind
            if kind != deed.what
        )
        command = HandOver(
            debt_id=debt_id,
            channel=LEGAL,
            idempotency_key=f"demo-handoff-{deed.reference}",
            facts=CaseFacts(documents=documents),
        )
        result = await hand_over(self._who(Role.SUPERVISOR), command)
        wanted = HandoffState.CHECKLIST if deed.what else HandoffState.ACK
        if result.state is not wanted:
            raise DemoFault(f"the handoff of {deed.reference} is {result.state}: {result.problem}")


async def _done(job_id: UUID) -> None:
    """Do a job that was just asked for; the demo is loaded before anybody else works."""
    if not await run_job(job_id):
        raise DemoFault("somebody else took a job of the demo; stop the worker while it is being loaded")


async def _in_one_piece(content: bytes) -> AsyncIterator[bytes]:
    yield content
