"""A debit of one trust account and a receipt of another are the same money: the agency has moved it between them.

The books have it throughout: whose it is does not change. Only that it came in has to be taken back, as the journal
took the receipt for money of somebody new.
"""

from dataclasses import dataclass
from uuid import UUID

from core.banking.identify_entry import post_back
from core.banking.kinds import AccountKind, EntryState, Rung
from core.banking.lock_entry import lock_entry
from core.banking.statement import Direction
from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission

_LINK = """
UPDATE bank_entry SET state = 'MATCHED', counterpart_id = $3, rung = $4, decided_by = $5, decided_at = $6,
  match_reason = $7
WHERE agency_id = $1 AND id = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveIdentified:
    """The two entries; `replayed`: they were known as each other's counterpart before."""

    entry_id: UUID
    counterpart_id: UUID
    replayed: bool


async def identify_move(scope: Scope, entry_id: UUID, counterpart_id: UUID) -> MoveIdentified:
    """Say that two entries of two trust accounts are one transfer between these, whichever of them is named first.

    Raises: Forbidden; NotFound (entry, counterpart); InvalidInput (NOT_A_MOVE); Conflict (ENTRY_DECIDED).
    """
    scope.require(Permission.BANKING_MANAGE)
    async with db.transaction(scope) as tx:
        # In one order, whoever asks for it from which side.
        held = {one: await lock_entry(tx, one) for one in sorted({entry_id, counterpart_id})}
        entry, other = held[entry_id], held[counterpart_id]
        known = entry["counterpart_id"] == counterpart_id
        if not known:
            _require_move(entry, other)
            await link(tx, entry, other, Rung.MANUAL, str(scope.actor))
            for one, another in ((entry_id, counterpart_id), (counterpart_id, entry_id)):
                await emit(tx, "bank_entry.identified", one, {"counterpart_id": str(another)})
    return MoveIdentified(entry_id=entry_id, counterpart_id=counterpart_id, replayed=known)


async def link(tx: Tx, entry: Row, other: Row, rung: Rung, decided_by: str) -> None:
    """Tie two entries, which the caller holds, to each other."""
    debit, credit = (entry, other) if entry["direction"] == Direction.DEBIT else (other, entry)
    for one, another, words in ((debit, credit, "moved to"), (credit, debit, "moved from")):
        await tx.execute(
            _LINK, tx.scope.agency, one["id"], another["id"], rung.value, decided_by, tx.now,
            f"{words} the trust account '{another['account_name']}'",
        )  # fmt: skip
    await post_back(tx, credit, "moved from another trust account")


def _require_move(entry: Row, other: Row) -> None:
    trust = entry["kind"] == other["kind"] == AccountKind.TRUST
    same = all(entry[name] == other[name] for name in ("currency", "amount_minor"))
    if not (trust and same) or any(entry[name] == other[name] for name in ("direction", "account_id")):
        raise InvalidInput(
            "A move is a debit of one trust account and a receipt of the same amount in another.", code="NOT_A_MOVE",
            field="counterpart_id", remedy="Name the other side of just this money.",
        )  # fmt: skip
    for field, one in (("entry_id", entry), ("counterpart_id", other)):
        claimed = one["debt_id"] is not None or one["payment_id"] is not None
        # A debit that a person put aside is a transfer of which nobody had said where it went.
        aside = one["state"] == EntryState.IGNORED and one["direction"] == Direction.DEBIT and one["rung"] is None
        if claimed or not (one["state"] == EntryState.UNMATCHED or aside):
            raise Conflict(
                "What this entry is, is decided already.", code="ENTRY_DECIDED", field=field,
                remedy="Read the entry again; release it first, if that was wrong.",
            )  # fmt: skip


_UNLINK = """
UPDATE bank_entry SET state = 'UNMATCHED', counterpart_id = NULL, rung = NULL, decided_by = $3, decided_at = $4,
  match_reason = $5, attempt = attempt + 1
WHERE agency_id = $1 AND id = ANY($2::uuid[]) RETURNING id, direction, currency, amount_minor, booked_on
"""


async def unlink(tx: Tx, entry: Row, why: str) -> Row:
    """Two entries, one of which the caller holds, are not one transfer: both are open again. Returns the receipt, of
    whose money nobody knows what it is."""
    pair = [entry["id"], entry["counterpart_id"]]
    rows = await tx.fetch(_UNLINK, tx.scope.agency, pair, str(tx.scope.actor), tx.now, f"released: {why}"[:300])
    for row in rows:
        await emit(tx, "bank_entry.released", row["id"], {"reason": why})
    return next(row for row in rows if row["direction"] == Direction.CREDIT)
