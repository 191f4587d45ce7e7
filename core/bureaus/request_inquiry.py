"""Ask a credit bureau about a debtor, once per idempotency key."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import orjson

from core.bureaus.answer import Inquiry, InquiryResult, ask, read_inquiry, result_of
from core.bureaus.kinds import InquiryState
from core.bureaus.reuse import answer_again
from core.bureaus.rules import ConsentGiven, check_consent, check_purpose
from core.debts.lock import require_active
from core.kit import clock, db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.evidence import Evidence
from core.plugin_host.follow_up import follow_up
from core.plugin_host.offers import BUREAU, LoadedOffer
from core.plugin_host.settings import require_enabled

SETTLE_JOB = "bureaus.settle"
SETTLE_AFTER = timedelta(minutes=2)
"""Longer than any call may last: an inquiry that has no answer by then has nobody who waits for one."""


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

    A bureau that fails is no exception but a result: FAILED where it certainly did nothing, UNKNOWN where nobody can
    tell; `InquiryResult.problem` says why, and the job `bureaus.settle` asks again with the same key. The same request
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
    fingerprint = sha256(orjson.dumps(command, default=str)).hexdigest()
    async with db.transaction(scope) as tx:
        earlier = await _earlier(tx, command, fingerprint)
        if earlier is None:
            loaded = host.offer(BUREAU, command.provider)
            await require_enabled(tx, loaded)
            recorded = await _record(tx, command, purpose.value, consent, fingerprint, loaded)
            # The same key may have been recorded by another request while this one waited to write it.
            earlier = None if recorded else await _earlier(tx, command, fingerprint)
        else:
            recorded = None
    if recorded is None:
        assert earlier is not None
        return result_of(earlier, replayed=True)
    if isinstance(recorded, InquiryResult):
        return recorded
    return await ask(scope, recorded, first=True)


async def _earlier(tx: Tx, command: RequestInquiry, fingerprint: str) -> Row | None:
    row = await tx.fetchrow(
        "SELECT * FROM bureau_inquiry WHERE agency_id = $1 AND idempotency_key = $2",
        tx.scope.agency, command.idempotency_key,
    )  # fmt: skip
    if row is not None and row["fingerprint"] != fingerprint:
        raise Conflict(
            "This idempotency key was used for another inquiry.", code="IDEMPOTENCY_KEY_REUSED",
            field="idempotency_key", remedy="Use a new key for a new inquiry; repeat a request unchanged.",
        )  # fmt: skip
    return row


async def _record(
    tx: Tx, command: RequestInquiry, purpose: str, consent: ConsentGiven, fingerprint: str, loaded: LoadedOffer
) -> Inquiry | InquiryResult | None:
    """The inquiry to ask, or its result where an earlier answer is used again; None where the key is taken."""
    debt = await tx.fetchrow(
        "SELECT party_id, creditor_id, status, closed_reason FROM debt WHERE agency_id = $1 AND id = $2",
        tx.scope.agency, command.debt_id,
    )  # fmt: skip
    if debt is None:
        raise not_found("debt", "debt_id")
    require_active(debt)
    inquiry_id = await tx.fetchval(
        "INSERT INTO bureau_inquiry (agency_id, id, party_id, debt_id, creditor_id, provider, purpose, "
        "consent_reference, consent_medium, consent_granted_at, consent_text_version, requested_by, idempotency_key, "
        "fingerprint, state, requested_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16) "
        "ON CONFLICT (agency_id, idempotency_key) DO NOTHING RETURNING id",
        tx.scope.agency, new_id(), debt["party_id"], command.debt_id, debt["creditor_id"], loaded.code, purpose,
        consent.reference, consent.medium, consent.granted_at, consent.text_version, str(tx.scope.actor),
        command.idempotency_key, fingerprint, InquiryState.REQUESTED.value, tx.now,
    )  # fmt: skip
    if inquiry_id is None:
        return None
    inquiry = await read_inquiry(tx, inquiry_id)
    data = {"debt_id": str(command.debt_id), "provider": loaded.code, "purpose": purpose}
    again = await answer_again(tx, inquiry_id, loaded.code, purpose, inquiry.subject)
    if again is not None:
        noted = Evidence(tx.scope, loaded, "fetch_report", inquiry.creditor_id, inquiry_id)
        await noted.write_reused(tx)
        await emit(tx, "bureau.answered", inquiry_id, {**data, "error_code": None, "reused": True})
        return result_of(again, replayed=False)
    await follow_up(tx, SETTLE_JOB, inquiry_id, {"inquiry_id": str(inquiry_id), "attempt": 1}, after=SETTLE_AFTER)
    await emit(tx, "bureau.requested", inquiry_id, data)
    return inquiry
