"""Keep what the lawyers of a case say its balance is, beside what it was in our books on that day."""

from core.kit import clock
from core.kit.db import Tx
from core.kit.errors import InvalidInput
from core.kit.events import emit
from core.legal.case import Case
from core.legal.take_money import MAX_MINOR
from recobro_sdk import CaseStanding, Money

# A debt that was placed later than it arose was owed from the day on which it arose, as in `debts.reads.balance_as_of`.
# What was paid since the handover is what was applied of it: a surplus is no payment of the debt.
_OURS = """
SELECT COALESCE(sum(v.delta_minor), 0)::bigint AS balance, COALESCE(-sum(v.delta_minor) FILTER (
    WHERE v.kind IN ('PAYMENT', 'PAYMENT_REVERSAL') AND v.effective_on >= ($4::timestamptz AT TIME ZONE $6)::date
  ), 0)::bigint AS paid
FROM debt_movement v
WHERE v.agency_id = $1 AND v.debt_id = $2
  AND CASE WHEN v.kind = 'PLACEMENT' THEN LEAST(v.effective_on, $5) ELSE v.effective_on END <= $3
"""
_KEEP = """
UPDATE legal_handoff SET standing_on = $3, their_minor = $4, our_minor = $5, difference_minor = $6,
  their_paid_minor = $7, our_paid_minor = $8
WHERE agency_id = $1 AND id = $2
"""


async def write_standing(tx: Tx, case: Case, standing: CaseStanding) -> bool:
    """Keep the last one, in a transaction that holds the case; whether anything of it, or of ours on its day, is
    another than before. An event tells of a difference when it is new.

    Raises: InvalidInput (CURRENCY_MISMATCH, STANDING_AMOUNT, STANDING_DAY).
    """
    kept, debt = case.handoff, case.debt
    if kept["standing_on"] is not None and standing.on < kept["standing_on"]:
        return False
    _check(case, standing)
    row = await tx.fetchrow(
        _OURS, tx.scope.agency, debt["id"], standing.on, kept["requested_at"], debt["opened_on"], debt["timezone"]
    )
    assert row is not None
    theirs, paid = standing.balance.minor_units, standing.paid.minor_units if standing.paid is not None else None
    found = (
        standing.on, theirs, row["balance"], theirs - row["balance"], paid, row["paid"] if paid is not None else None,
    )  # fmt: skip
    names = ("standing_on", "their_minor", "our_minor", "difference_minor", "their_paid_minor", "our_paid_minor")
    if found == tuple(kept[name] for name in names):
        return False
    await tx.execute(_KEEP, tx.scope.agency, case.id, *found)
    if found[3] not in (0, kept["difference_minor"]):
        data = {
            "debt_id": str(debt["id"]), "on": standing.on.isoformat(), "currency": debt["currency"],
            "their_minor": theirs, "our_minor": row["balance"], "difference_minor": found[3],
        }  # fmt: skip
        await emit(tx, "legal.standing_differs", case.id, data, creditor_id=case.creditor_id)
    return True


def _check(case: Case, standing: CaseStanding) -> None:
    currency = case.debt["currency"]
    amounts: list[Money] = [standing.balance] if standing.paid is None else [standing.balance, standing.paid]
    if any(one.currency != currency for one in amounts):
        raise InvalidInput(
            f"The debt is in {currency}.", code="CURRENCY_MISMATCH", field="standing",
            remedy=f"Have the channel tell amounts in {currency}.",
        )  # fmt: skip
    if any(abs(one.minor_units) > MAX_MINOR for one in amounts):
        raise InvalidInput(
            "This is no balance of a debt.", code="STANDING_AMOUNT", field="standing", remedy="Ask the lawyers."
        )
    today = clock.today(case.debt["timezone"])
    if standing.on > today:
        raise InvalidInput(
            "The day of the balance is in the future.", code="STANDING_DAY", field="standing",
            remedy=f"Have the channel tell balances of {today} or before.",
        )  # fmt: skip
