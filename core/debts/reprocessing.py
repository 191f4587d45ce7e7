"""Ask for the payments of a debt to be split anew, after something that is dated before them."""

from datetime import date
from uuid import UUID

from core.debts.kinds import ClosedReason
from core.kit import jobs
from core.kit.db import Tx

REPROCESS = "payments.reprocess"
SPLIT_ANEW = (ClosedReason.PAID, ClosedReason.WRITTEN_OFF)
"""Closed debts whose payments may be split anew."""


async def ask_to_reprocess(tx: Tx, debt_id: UUID, first_day: date, reason: str) -> UUID:
    """In the running transaction: whatever was paid from `first_day` on is split anew soon
    (core/payments/reprocess_payments.py). Returns the job's id."""
    payload = {"debt_id": str(debt_id), "first_day": first_day.isoformat(), "reason": reason}
    return await jobs.enqueue(tx, REPROCESS, payload, subject_id=debt_id)


async def ask_to_reprocess_each(tx: Tx, debts: str, reason: str) -> None:
    """As `ask_to_reprocess`, for many debts: `debts` is a SELECT of `debt_id` and `first_day`, with `$1` the agency."""
    asked = await tx.execute(
        "INSERT INTO job (agency_id, id, name, subject_id, payload, scope, not_before) "  # noqa: S608 - our own text
        "SELECT $1, recobro_uuid7(), $2, q.debt_id, jsonb_build_object('debt_id', q.debt_id, 'first_day', q.first_day, "
        f"'reason', $3::text), $4, now() FROM ({debts}) AS q",
        tx.scope.agency, REPROCESS, reason, tx.scope.to_json(),
    )  # fmt: skip
    if asked != "INSERT 0 0":
        tx.at_commit("SELECT pg_notify($1, '')", jobs.NOTIFY_CHANNEL)
