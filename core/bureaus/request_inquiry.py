"""Ask a credit bureau about a debtor, once per idempotency key."""

import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from core.bureaus.answer import (
    SETTLE_AFTER,
    SETTLE_JOB,
    Inquiry,
    InquiryResult,
    ask,
    result_of,
    store,
    subject_of,
)
from core.bureaus.inquiry_sql import RECORD, RECORD_ANSWERED
from core.bureaus.kinds import InquiryState
from core.bureaus.reuse import answer_to_same, subject_key
from core.bureaus.rules import ConsentGiven, check_consent, check_purpose
from core.debts.lock import require_active
from core.kit import clock, db, events
from core.kit.db import Row
from core.kit.errors import Conflict, InvalidInput, NotFound, not_found
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.evidence import Evidence
from core.plugin_host.kinds import CallOutcome
from core.plugin_host.offers import BUREAU, LoadedOffer
from core.plugin_host.settings import not_enabled
from core.plugin_host.spend import permit_of
from recobro_sdk import Consent, Purpose, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestInquiry:
    """`provider` is the code of a bureau's offer; `purpose` one of `recobro_sdk.Purpose`, by name or value."""

    debt_id: UUID
    provider: str
    purpose: str | None
    consent: ConsentGiven | None
    idempotency_key: str


async def request_inquiry(scope: Scope, command: RequestInquiry) -> InquiryResult:
    """Ask a bureau about the debtor of a debt: recorded first, then asked outside of any transaction, then answered.

    What is recorded is paid in the same statement: whatever dies after it, the inquiry is in the budgets once. A bureau
    that fails is no exception but a result: FAILED where it certainly did nothing, UNKNOWN where nobody can tell;
    `InquiryResult.problem` says why, and the job `bureaus.settle` asks again with the same key. The same request
    with the same key gives the stored result (REQUESTED while the first is still under way) and asks nobody. An answer
    to the same question that is young enough (`reuse_days` of the offer) is used again: nobody is asked, nothing paid.

    Raises: Forbidden; NotFound (debt, provider); InvalidInput (PURPOSE_MISSING, PURPOSE_UNKNOWN, CONSENT_MISSING,
    CONSENT_IN_FUTURE, INVALID_TEXT, DEBTOR_WITHOUT_DOCUMENT); Conflict (OFFER_NOT_ENABLED, DEBT_CLOSED,
    IDEMPOTENCY_KEY_REUSED). Legal source: Ley 1266 de 2008 arts. 5 and 6 (CO-BUR-08, CO-BUR-09).
    """
    scope.require(Permission.BUREAU_INQUIRE)
    purpose = check_purpose(command.purpose)
    consent = check_consent(command.consent, clock.now())
    if not 1 <= len(command.idempotency_key) <= 200 or "\0" in command.idempotency_key:
        raise InvalidInput(
            "A key has 1 to 200 characters.", code="INVALID_TEXT", field="idempotency_key", remedy="Give another key."
        )
    question = _Question(
        scope, command, purpose, consent, sha256(orjson.dumps(command, default=str)).hexdigest(), new_id()
    )
    try:
        loaded = host.offer(BUREAU, command.provider)
    except NotFound:
        earlier = await _earlier(question)
        if earlier is None:
            raise
        return earlier
    return await _asked(question, loaded)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is to be recorded as the inquiry `id`."""

    scope: Scope
    command: RequestInquiry
    purpose: Purpose
    consent: ConsentGiven
    fingerprint: str
    id: UUID

    @property
    def columns(self) -> tuple[Any, ...]:
        """$1 to $13 of `RECORD` and `RECORD_ANSWERED`."""
        command, consent = self.command, self.consent
        return (
            self.scope.agency, command.debt_id, self.id, command.provider, self.purpose.value, consent.reference,
            consent.medium, consent.granted_at, consent.text_version, str(self.scope.actor), command.idempotency_key,
            self.fingerprint, clock.now(),
        )  # fmt: skip

    @property
    def data(self) -> dict[str, Any]:
        """What the events about it tell."""
        command = self.command
        return {"debt_id": str(command.debt_id), "provider": command.provider, "purpose": self.purpose.value}


async def _asked(question: _Question, loaded: LoadedOffer) -> InquiryResult:
    """Each turn of the loop either ends or knows more: that no earlier answer may be used, or that the key is taken by
    somebody who recorded at the same moment, and whose inquiry the next turn finds."""
    looked = False
    while True:
        row = await _record(question, loaded, looked=looked)
        if row["recorded_id"] is not None:
            events.tell()
            return await _ask(question, loaded, row)
        earlier = await _earlier(question) if row["earlier_id"] is not None else None
        if earlier is not None:
            return earlier
        subject = _require_fit(row, loaded)
        if row["reuse_days"] and not looked:
            again = await _answered_again(question, loaded, row["creditor_id"], subject)
            if again is not None:
                return again
            looked = True


async def _record(question: _Question, loaded: LoadedOffer, *, looked: bool) -> Row:
    payload = {"inquiry_id": str(question.id), "attempt": 1}
    async with db.single(question.scope) as single:
        rows = await single.fetch(
            RECORD, *question.columns, loaded.plugin, looked, new_id(), SETTLE_JOB, payload, question.scope.to_json(),
            SETTLE_AFTER, new_id(), question.data,
        )  # fmt: skip
    return rows[0]


async def _earlier(question: _Question) -> InquiryResult | None:
    """What became of the inquiry that has used the key. Raises: Conflict (IDEMPOTENCY_KEY_REUSED)."""
    async with db.single(question.scope) as single:
        rows = await single.fetch(
            "SELECT * FROM bureau_inquiry WHERE agency_id = $1 AND idempotency_key = $2",
            question.scope.agency, question.command.idempotency_key,
        )  # fmt: skip
    if rows and rows[0]["fingerprint"] != question.fingerprint:
        raise Conflict(
            "This idempotency key was used for another inquiry.", code="IDEMPOTENCY_KEY_REUSED",
            field="idempotency_key", remedy="Use a new key for a new inquiry; repeat a request unchanged.",
        )  # fmt: skip
    return result_of(rows[0], replayed=True) if rows else None


def _require_fit(row: Row, loaded: LoadedOffer) -> Subject:
    """Whom the inquiry is about. Raises: why nothing was recorded, if it is not the key."""
    if row["version"] is None:
        raise not_enabled(loaded)
    if row["status"] is None:
        raise not_found("debt", "debt_id")
    require_active(row)
    return subject_of(row)


async def _answered_again(
    question: _Question, loaded: LoadedOffer, creditor_id: UUID, subject: Subject
) -> InquiryResult | None:
    """Recorded with an earlier answer to the same; None where there is none that may be used, or the key is taken."""
    async with db.transaction(question.scope) as tx:
        found = await answer_to_same(tx, loaded.code, question.purpose.value, subject)
        if found is None:
            return None
        row = await tx.fetchrow(
            RECORD_ANSWERED, *question.columns, found["score"], found["report"], subject_key(subject), found["id"]
        )
        if row is None:
            return None
        await Evidence(tx.scope, loaded, "fetch_report", creditor_id, question.id).write_reused(tx)
        data = {**question.data, "error_code": None, "reused": True}
        await events.emit(tx, "bureau.answered", question.id, data)
        return result_of(row, replayed=False)


async def _ask(question: _Question, loaded: LoadedOffer, row: Row) -> InquiryResult:
    consent = question.consent
    inquiry = Inquiry(
        id=question.id,
        debt_id=question.command.debt_id,
        creditor_id=row["creditor_id"],
        provider=loaded.code,
        state=InquiryState.REQUESTED,
        purpose=question.purpose,
        consent=Consent(
            reference=consent.reference,
            granted_at=consent.granted_at,
            medium=consent.medium,
            text_version=consent.text_version,
        ),
        subject=subject_of(row),
    )
    try:
        permit = permit_of(loaded, row)
    except Conflict as problem:  # the budget is used up: nobody is asked
        noted = Evidence(question.scope, loaded, "fetch_report", inquiry.creditor_id, inquiry.id)
        await noted.write(CallOutcome.FAILED, problem.code, time.monotonic())
        return await store(question.scope, inquiry, InquiryState.FAILED, problem=problem)
    return await ask(question.scope, inquiry, permit)
