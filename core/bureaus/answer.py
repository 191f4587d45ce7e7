"""One question to a bureau, outside of any transaction, and the honest record of what came back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from core.bureaus.inquiry_sql import READ, STORE
from core.bureaus.kinds import InquiryState
from core.bureaus.reuse import subject_key
from core.bureaus.rules import stored_report
from core.kit import clock, db, events
from core.kit.db import Row, Single, Tx
from core.kit.errors import Conflict, DomainError, InvalidInput, NotFound, not_found
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.parties.kinds import PartyKind
from core.plugin_host.call import RETRIES, call
from core.plugin_host.kinds import CallOutcome
from core.plugin_host.offers import BUREAU
from core.plugin_host.problems import ProviderProblem
from core.plugin_host.spend import Permit
from recobro_sdk import BureauReport, Consent, Purpose, Subject, SubjectKind

SETTLE_JOB = "bureaus.settle"
SETTLE_AFTER = timedelta(minutes=2)
"""Longer than any call may last: an inquiry that has no answer by then has nobody who waits for one."""
OPEN = (InquiryState.REQUESTED, InquiryState.UNKNOWN)
_FINAL = frozenset({"SUBJECT_NOT_FOUND", "PROVIDER_REJECTED"})
"""What a bureau says of the inquiry itself: true of every question with the same key, the lost ones included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryResult:
    """An inquiry as it stands. `report` is as stored: amounts in minor units; `problem` why there is none (yet)."""

    inquiry_id: UUID
    state: InquiryState
    score: int | None
    report: dict[str, Any] | None
    error_code: str | None
    problem: DomainError | None
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A recorded inquiry with the debtor it is about."""

    id: UUID
    debt_id: UUID
    creditor_id: UUID
    provider: str
    state: InquiryState
    purpose: Purpose
    consent: Consent
    subject: Subject


async def read_inquiry(tx: Tx, inquiry_id: UUID) -> Inquiry:
    """Raises: NotFound; InvalidInput (DEBTOR_WITHOUT_DOCUMENT)."""
    row = await tx.fetchrow(READ, tx.scope.agency, inquiry_id)
    if row is None:
        raise not_found("inquiry", "inquiry_id")
    return Inquiry(
        id=row["id"],
        debt_id=row["debt_id"],
        creditor_id=row["creditor_id"],
        provider=row["provider"],
        state=InquiryState(row["state"]),
        purpose=Purpose(row["purpose"]),
        consent=Consent(
            reference=row["consent_reference"],
            granted_at=row["consent_granted_at"],
            medium=row["consent_medium"],
            text_version=row["consent_text_version"],
        ),
        subject=subject_of(row),
    )


def subject_of(row: Row) -> Subject:
    """The debtor in a row with what `DOCUMENT` selects. Raises: InvalidInput (DEBTOR_WITHOUT_DOCUMENT)."""
    if row["number"] is None:
        raise InvalidInput(
            "The debtor has no identity document by which a bureau knows people.", code="DEBTOR_WITHOUT_DOCUMENT",
            field="debt_id", remedy="Add the debtor's document first.",
        )  # fmt: skip
    return Subject(
        document_type=row["type"],
        document_number=row["number"],
        country=row["issuer"],
        name=row["name"],
        kind=SubjectKind.LEGAL if row["kind"] == PartyKind.LEGAL else SubjectKind.NATURAL,
    )


async def ask(scope: Scope, inquiry: Inquiry, permit: Permit | None = None) -> InquiryResult:
    """Ask the bureau and store what becomes of it. With the `permit` under which it was recorded nobody can have asked
    this inquiry before; without one somebody may have, and paid."""
    first = permit is not None
    try:
        report = await call(
            scope, BUREAU, inquiry.provider, "fetch_report",
            lambda bureau: bureau.fetch_report(
                inquiry.subject, purpose=inquiry.purpose, consent=inquiry.consent,
                # Ours and not the caller's: two agencies may use the same key at the same bureau.
                idempotency_key=str(inquiry.id),
            ),
            answer=BureauReport, check=lambda found: stored_report(found, inquiry.provider),
            creditor_id=inquiry.creditor_id, subject_id=inquiry.id, retries=RETRIES if first else 0, permit=permit,
        )  # fmt: skip
    except ProviderProblem as problem:
        return await store(scope, inquiry, _state(problem, first=first), problem=problem)
    except (NotFound, Conflict) as problem:  # the plugin was removed or disabled meanwhile: nobody was asked now
        return await store(scope, inquiry, InquiryState.FAILED if first else InquiryState.UNKNOWN, problem=problem)
    return await store(scope, inquiry, InquiryState.ANSWERED, report=stored_report(report, inquiry.provider))


def _state(problem: ProviderProblem, *, first: bool) -> InquiryState:
    if problem.outcome is CallOutcome.UNKNOWN:
        return InquiryState.UNKNOWN
    # This attempt had no effect; an earlier one may have had.
    final = problem.code in _FINAL and problem.provider_code != "idempotency_key_reused"
    return InquiryState.FAILED if first or final else InquiryState.UNKNOWN


async def store(
    scope: Scope,
    inquiry: Inquiry,
    state: InquiryState,
    *,
    report: dict[str, Any] | None = None,
    problem: DomainError | None = None,
) -> InquiryResult:
    """Store what became of an inquiry, unless it is settled already."""
    code = problem.code if problem else None
    data = {"debt_id": str(inquiry.debt_id), "provider": inquiry.provider, "error_code": code}
    async with db.single(scope) as single:
        stored = await single.fetch(
            STORE, scope.agency, inquiry.id, state.value, report["score"] if report else None, report, code,
            subject_key(inquiry.subject), clock.now(), SETTLE_JOB, new_id(), str(scope.actor), data,
            inquiry.state.value,
        )  # fmt: skip
        if stored:
            events.tell()
            return result_of(stored[0], replayed=False, problem=problem)
        return result_of(await _row(single, scope, inquiry.id), replayed=True)


async def _row(single: Single, scope: Scope, inquiry_id: UUID) -> Row:
    rows = await single.fetch("SELECT * FROM bureau_inquiry WHERE agency_id = $1 AND id = $2", scope.agency, inquiry_id)
    if not rows:
        raise not_found("inquiry", "inquiry_id")
    return rows[0]


def result_of(row: Row, *, replayed: bool, problem: DomainError | None = None) -> InquiryResult:
    """The result that an inquiry's row tells."""
    code: str | None = row["error_code"]
    if code is not None and problem is None:
        problem = DomainError(
            "The bureau did not answer this inquiry.", code=code,
            remedy="It is asked again by itself." if row["state"] == InquiryState.UNKNOWN else "Ask with another key.",
        )  # fmt: skip
    return InquiryResult(
        inquiry_id=row["id"],
        state=InquiryState(row["state"]),
        score=row["score"],
        report=row["report"],
        error_code=code,
        problem=problem,
        replayed=replayed,
    )
