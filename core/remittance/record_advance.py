"""Record money that a creditor advances for costs, or gets back of it."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

import orjson

from core.debts.lock import require_text
from core.kit import clock, db
from core.kit.again import again
from core.kit.db import Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.events import emit
from core.kit.idempotency import take_key
from core.kit.ids import new_id
from core.kit.money import Money, exponent
from core.kit.scope import Scope
from core.ledger.balances import available_minor
from core.ledger.kinds import Account, PostingKind
from core.permissions import Permission

OPERATION = "record_advance"
MAX_MINOR = 10**17
_POST = """
INSERT INTO ledger_posting (agency_id, id, creditor_id, kind, debit, credit, currency, amount_minor, effective_on,
  recorded_at, source_id, actor, reason)
VALUES ($1, recobro_uuid7(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAdvance:
    """`amount` above 0 moved on the legal day `moved_on` (in the agency's zone) into the trust account, or out of it
    where it is `returned`. `reference` is what the bank, or the creditor, calls it."""

    creditor_id: UUID
    amount: Money
    moved_on: date
    reference: str
    idempotency_key: str
    returned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceRecorded:
    """`advance_id` is the `source_id` of the posting: a line of the bank is tied to it by that. `available` is what is
    left of all advances of the creditor now, also for a replay."""

    advance_id: UUID
    creditor_id: UUID
    available: Money
    replayed: bool


@again
async def record_advance(scope: Scope, command: RecordAdvance) -> AdvanceRecorded:
    """Post an advance to its creditor's own account, once per idempotency key: statements take charges from it where
    the terms say ADVANCES, and nothing else does. What was not used can go back, and no more.

    Raises: Forbidden; NotFound (creditor); InvalidInput (ADVANCE_AMOUNT, UNKNOWN_CURRENCY, MOVED_ON, INVALID_TEXT);
    Conflict (ADVANCES_TOO_SMALL, IDEMPOTENCY_KEY_REUSED).
    """
    scope.require(Permission.REMITTANCE_ISSUE)
    reference = require_text(command.reference, "reference", 120)
    key = require_text(command.idempotency_key, "idempotency_key")
    exponent(command.amount.currency)
    fingerprint = sha256(orjson.dumps(command, default=str)).hexdigest()
    async with db.transaction(scope) as tx:
        await _check(tx, command)
        advance_id = new_id()
        used = await take_key(tx, OPERATION, key, fingerprint, advance_id)
        if used is None:
            await _post(tx, command, advance_id, reference)
        left = await _available(tx, command)
    return AdvanceRecorded(
        advance_id=used or advance_id, creditor_id=command.creditor_id, available=left, replayed=used is not None
    )


async def _check(tx: Tx, command: RecordAdvance) -> None:
    if not 0 < command.amount.minor_units <= MAX_MINOR:
        raise InvalidInput(
            "An advance is of a positive amount.", code="ADVANCE_AMOUNT", field="amount",
            remedy="Give an amount above zero; what goes back is `returned`.",
        )  # fmt: skip
    timezone = await tx.fetchval(
        "SELECT a.timezone FROM agency a JOIN creditor c ON c.agency_id = $1 AND c.id = $2 WHERE a.id = $1",
        tx.scope.agency, command.creditor_id,
    )  # fmt: skip
    if timezone is None:
        raise not_found("creditor", "creditor_id")
    if command.moved_on > clock.today(timezone):
        raise InvalidInput(
            "The day is in the future.", code="MOVED_ON", field="moved_on",
            remedy=f"Give today or an earlier day of {timezone}.",
        )  # fmt: skip


async def _available(tx: Tx, command: RecordAdvance) -> Money:
    currency = command.amount.currency
    return Money(await available_minor(tx, Account.COURT_COST_ADVANCE, command.creditor_id, currency), currency)


async def _post(tx: Tx, command: RecordAdvance, advance_id: UUID, reference: str) -> None:
    amount, ends = command.amount, [Account.TRUST_BANK.value, Account.COURT_COST_ADVANCE.value]
    if command.returned:
        ends.reverse()
        there = await _available(tx, command)
        if amount.minor_units > there.minor_units:
            raise Conflict(
                f"Of this creditor's advances {there.formatted()} is left.", code="ADVANCES_TOO_SMALL", field="amount",
                remedy="Give back that much at most.",
            )  # fmt: skip
    await tx.execute(
        _POST, tx.scope.agency, command.creditor_id, PostingKind.ADVANCE.value, *ends, amount.currency,
        amount.minor_units, command.moved_on, tx.now, advance_id, str(tx.scope.actor), reference,
    )  # fmt: skip
    data = {
        "advance_id": str(advance_id), "amount_minor": amount.minor_units, "currency": amount.currency,
        "moved_on": command.moved_on.isoformat(), "returned": command.returned, "reference": reference,
    }  # fmt: skip
    await emit(tx, "advance.recorded", command.creditor_id, data, creditor_id=command.creditor_id)
