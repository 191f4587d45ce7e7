"""Idempotency keys: a request that comes twice is done once."""

from uuid import UUID

from core.kit.db import Tx
from core.kit.errors import Conflict
from core.kit.ids import new_id

_TAKE = """
INSERT INTO idempotency_record (agency_id, id, operation, key, fingerprint, subject_id) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (agency_id, operation, key) DO NOTHING RETURNING id
"""
_TAKEN = "SELECT fingerprint, subject_id FROM idempotency_record WHERE agency_id = $1 AND operation = $2 AND key = $3"


async def take_key(tx: Tx, operation: str, key: str, fingerprint: str, subject_id: UUID) -> UUID | None:
    """Take a key for what `subject_id` will be, in the transaction that makes it; the id of what it made before, if it
    was taken for the same request. Who comes second waits until the first has committed.

    Raises: Conflict (IDEMPOTENCY_KEY_REUSED) where it was taken for another one.
    """
    if await tx.fetchval(_TAKE, tx.scope.agency, new_id(), operation, key, fingerprint, subject_id) is not None:
        return None
    used = await tx.fetchrow(_TAKEN, tx.scope.agency, operation, key)
    if used is None or used["fingerprint"] != fingerprint:
        raise Conflict(
            "This idempotency key was used for another request.", code="IDEMPOTENCY_KEY_REUSED",
            field="idempotency_key", remedy="Use a new key for a new request; repeat a request unchanged.",
        )  # fmt: skip
    return used["subject_id"]
