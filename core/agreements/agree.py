"""What recording a promise and creating a plan share: the agreement is written, its debt held."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from core.agreements.judge import judge
from core.agreements.kinds import AgreementChannel, AgreementKind
from core.agreements.rules import Instalment, check_instalments
from core.debts.lock import lock_debt, require_active, require_text
from core.kit import clock
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput
from core.kit.events import emit
from core.kit.idempotency import take_key
from core.kit.ids import new_id
from core.kit.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """`promises` by number; `replayed` where the idempotency key had made them before."""

    agreement_id: UUID
    promises: tuple[UUID, ...]
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """That a debtor gave its word: of which debt, how much of it, how."""

    debt_id: UUID
    amount: Money
    channel: AgreementChannel
    idempotency_key: str


_TERMS = """
SELECT m.promise_grace_days, m.missed_instalments,
  EXISTS (SELECT FROM debt_interest i WHERE i.agency_id = $1 AND i.debt_id = $2) AS bears_interest,
  EXISTS (SELECT FROM agreement a WHERE a.agency_id = $1 AND a.debt_id = $2 AND a.status = 'ACTIVE') AS agreed
FROM debt d JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id WHERE d.agency_id = $1 AND d.id = $2
"""

# The debt is written, too: a payment that has read it without an agreement is not the one to be recorded any more.
_WRITE = """
WITH made AS (
  INSERT INTO agreement (agency_id, id, creditor_id, debt_id, kind, currency, amount_minor, instalments, channel,
    grace_days, missed_limit, made_on, made_at, made_by)
  VALUES ($1, $2, $3, $4, $5, $6, $7, cardinality($14::uuid[]), $8, $9, $10, $11, $12, $13)
), promised AS (
  INSERT INTO promise (agency_id, id, creditor_id, agreement_id, debt_id, number, currency, amount_minor, due_on,
    last_on)
  SELECT $1, p.id, $3, $2, $4, p.number, $6, p.minor, p.due_on, p.due_on + $9
  FROM unnest($14::uuid[], $15::bigint[], $16::date[]) WITH ORDINALITY AS p (id, minor, due_on, number)
)
UPDATE debt SET updated_at = $12 WHERE agency_id = $1 AND id = $4
"""


async def agree(
    tx: Tx, kind: AgreementKind, word: Word, fingerprint: str, instalments: Callable[[date], Sequence[Instalment]]
) -> Agreed:
    """Write an agreement, once per idempotency key; `instalments` gives them for the legal day on which it is made.

    Raises: NotFound (debt); InvalidInput (AGREED_AMOUNT, CURRENCY_MISMATCH, INVALID_TEXT, and what `instalments` and
    `check_instalments` raise); Conflict (DEBT_CLOSED, AGREEMENT_EXISTS, IDEMPOTENCY_KEY_REUSED).
    """
    key = require_text(word.idempotency_key, "idempotency_key")
    debt = await lock_debt(tx, word.debt_id)
    agreement_id = new_id()
    used = await take_key(tx, "agree", key, fingerprint, agreement_id)
    if used is not None:
        return Agreed(agreement_id=used, promises=await _promises(tx, used), replayed=True)
    require_active(debt)
    # One that is over without anybody having looked does not stand in the way of the next.
    await judge(tx, [word.debt_id])
    terms = await tx.fetchrow(_TERMS, tx.scope.agency, word.debt_id)
    assert terms is not None
    _check(word.amount, debt, terms)
    today = clock.today(debt["timezone"])
    parts = check_instalments(instalments(today), word.amount.minor_units, today)
    promises = tuple(new_id() for _ in parts)
    await tx.execute(
        _WRITE, tx.scope.agency, agreement_id, debt["creditor_id"], word.debt_id, kind.value, debt["currency"],
        word.amount.minor_units, word.channel.value, terms["promise_grace_days"],
        1 if kind is AgreementKind.PROMISE else min(terms["missed_instalments"], len(parts)), today, tx.now,
        str(tx.scope.actor), list(promises), [one.amount_minor for one in parts], [one.due_on for one in parts],
    )  # fmt: skip
    await _tell(tx, kind, word, debt["creditor_id"], agreement_id, promises, parts)
    return Agreed(agreement_id=agreement_id, promises=promises, replayed=False)


def fingerprint_of(command: Any) -> str:
    """What tells two requests with one idempotency key apart."""
    return sha256(orjson.dumps(command, default=str)).hexdigest()


def _check(amount: Money, debt: Row, terms: Row) -> None:
    if amount.currency != debt["currency"]:
        raise InvalidInput(
            f"The debt is in {debt['currency']}.", code="CURRENCY_MISMATCH", field="amount",
            remedy=f"Give the amount in {debt['currency']}.",
        )  # fmt: skip
    # What interest will have come to by then nobody knows yet.
    above = amount.minor_units > debt["balance_minor"] and not terms["bears_interest"]
    if amount.minor_units <= 0 or amount.minor_units > 10**17 or above:
        raise InvalidInput(
            "What is agreed is above zero, and no more than is owed.", code="AGREED_AMOUNT", field="amount",
            remedy=f"Give up to {Money(debt['balance_minor'], debt['currency']).formatted()}.",
        )  # fmt: skip
    if terms["agreed"]:
        raise Conflict(
            "The debt has an active promise or plan.", code="AGREEMENT_EXISTS", field="debt_id",
            remedy="Cancel it first; what was paid towards it stays paid.",
        )  # fmt: skip


async def _promises(tx: Tx, agreement_id: UUID) -> tuple[UUID, ...]:
    rows = await tx.fetch(
        "SELECT id FROM promise WHERE agency_id = $1 AND agreement_id = $2 ORDER BY number",
        tx.scope.agency, agreement_id,
    )  # fmt: skip
    return tuple(row["id"] for row in rows)


async def _tell(
    tx: Tx,
    kind: AgreementKind,
    word: Word,
    creditor_id: UUID,
    agreement_id: UUID,
    promises: Sequence[UUID],
    parts: Sequence[Instalment],
) -> None:
    data: dict[str, Any] = {
        "debt_id": str(word.debt_id),
        "amount_minor": word.amount.minor_units,
        "currency": word.amount.currency,
        "channel": word.channel.value,
    }
    if kind is AgreementKind.PROMISE:
        about = data | {"agreement_id": str(agreement_id), "due_on": parts[0].due_on.isoformat()}
        await emit(tx, "promise.recorded", promises[0], about, creditor_id=creditor_id)
        return
    instalments = [{"amount_minor": one.amount_minor, "due_on": one.due_on.isoformat()} for one in parts]
    about = data | {"instalments": instalments}
    await emit(tx, "agreement.created", agreement_id, about, creditor_id=creditor_id)
