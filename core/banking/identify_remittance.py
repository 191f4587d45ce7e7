"""A person says of which payments at the lawyers a receipt is, less what these kept."""

from dataclasses import dataclass
from uuid import UUID

from core.banking.held import hold, of_number
from core.banking.kinds import Rung
from core.banking.lock_entry import lock_entry, require_receipt
from core.banking.share_out import share_out
from core.kit import db
from core.kit.again import again
from core.kit.db import Row, Tx
from core.kit.errors import InvalidInput, not_found
from core.kit.scope import Scope
from core.permissions import Permission

_SHARES = """
SELECT array_agg(payment_id) AS payments, sum(kept_minor)::bigint AS kept FROM bank_share
WHERE agency_id = $1 AND entry_id = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifyRemittance:
    """Either the amounts that the lawyers RECEIVED (`money_ids`), or their `channel` with its own number of the
    `remittance`: all of it that the bank has not told of."""

    entry_id: UUID
    money_ids: tuple[UUID, ...] = ()
    channel: str | None = None
    remittance: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceIdentified:
    """`kept_minor`: what the lawyers kept, and the agency owes the trust account; below 0 where this line brings it.
    `replayed`: the entry was shared out among just these before."""

    entry_id: UUID
    payments: int
    kept_minor: int
    replayed: bool


@again
async def identify_remittance(scope: Scope, command: IdentifyRemittance) -> RemittanceIdentified:
    """Share a receipt out among several payments that lawyers held, in one step: these clear as of the day on which the
    bank booked it. What is to come of each is what they told that they remit, or else all of it less what they kept;
    of one that arrived before, what was kept of it; of one that was reversed after it arrived, what they take off.

    Raises: Forbidden; NotFound (entry, money, remittance); InvalidInput (MONEY_OR_REMITTANCE, NOT_A_RECEIPT, and what
    `share_out` refuses); Conflict (what `share_out` refuses).
    """
    for permission in (Permission.BANKING_MANAGE, Permission.PAYMENT_RECORD):
        scope.require(permission)
    by_number = command.channel is not None and bool(command.remittance)
    if bool(command.money_ids) == by_number or (command.channel is None) != (command.remittance is None):
        raise InvalidInput(
            "Say the amounts, or the channel with its number.", code="MONEY_OR_REMITTANCE", field="money_ids",
            remedy="Give moneyIds, or channel and remittance.",
        )  # fmt: skip
    async with db.transaction(scope) as tx:
        entry = await lock_entry(tx, command.entry_id)
        require_receipt(entry)
        before = await _before(tx, entry, command)
        if before is not None:
            return before
        rows = await _named(tx, command)
        kept = await share_out(tx, entry, rows, Rung.MANUAL, str(scope.actor))
    return RemittanceIdentified(entry_id=command.entry_id, payments=len(rows), kept_minor=kept, replayed=False)


async def _named(tx: Tx, command: IdentifyRemittance) -> list[Row]:
    if command.channel is not None and command.remittance:
        ids = [row["id"] for row in await of_number(tx, command.channel, command.remittance) if row["waits"]]
        if not ids:
            raise not_found("remittance", "remittance")
        return await hold(tx, ids)
    ids = sorted(set(command.money_ids))
    rows = await hold(tx, ids)
    if len(rows) < len(ids):
        raise not_found("money", "money_ids")
    return rows


async def _before(tx: Tx, entry: Row, command: IdentifyRemittance) -> RemittanceIdentified | None:
    """What was decided before, where it was the same."""
    if not entry["shares"]:
        return None
    shared = await tx.fetchrow(_SHARES, tx.scope.agency, entry["id"])
    assert shared is not None
    if command.channel is not None and command.remittance:
        named = {row["payment_id"] for row in await of_number(tx, command.channel, command.remittance)}
        same = set(shared["payments"]) <= named
    else:
        same = set(shared["payments"]) == {row["payment_id"] for row in await hold(tx, list(command.money_ids))}
    if not same:
        return None
    return RemittanceIdentified(
        entry_id=entry["id"], payments=entry["shares"], kept_minor=shared["kept"], replayed=True
    )
