"""Limit what an agency spends on an offer in a day or a month, in all or for one creditor."""

from dataclasses import dataclass
from uuid import UUID

from core.kit import db
from core.kit.db import Tx
from core.kit.errors import InvalidInput, not_found
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.money import Money, exponent
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.kinds import BudgetPeriod
from core.plugin_host.spend import PERIOD_START

_MOST_CALLS = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBudget:
    """`creditor_id` None for all of the offer's calls. Without `max_calls` and `max_amount` the budget is removed."""

    code: str
    period: BudgetPeriod
    creditor_id: UUID | None = None
    max_calls: int | None = None
    max_amount: Money | None = None


async def set_budget(scope: Scope, command: SetBudget) -> UUID | None:
    """Set the budget of an offer, a period and a creditor (or none); what is used of it stays. None where removed.

    Only calls for which the provider takes its price count: inquiries and submissions, once each however often they
    are asked again with the same key.

    Raises: Forbidden; NotFound (code, creditor); InvalidInput (BUDGET, UNKNOWN_CURRENCY, BUDGET_CURRENCY).
    """
    scope.require(Permission.PLUGIN_MANAGE)
    loaded = host.offer(None, command.code)
    _check(command)
    async with db.transaction(scope) as tx:
        await _check_owner(tx, command)
        if command.max_calls is None and command.max_amount is None:
            budget_id = await _removed(tx, command)
        else:
            budget_id = await _stored(tx, command)
        data = {
            "plugin": loaded.plugin, "offer": command.code, "period": command.period.value,
            "creditor_id": str(command.creditor_id) if command.creditor_id else None, "max_calls": command.max_calls,
            "max_minor": command.max_amount.minor_units if command.max_amount else None,
            "currency": command.max_amount.currency if command.max_amount else None,
        }  # fmt: skip
        await emit(tx, "plugin.budget_set", budget_id, data)
    removed = command.max_calls is None and command.max_amount is None
    return None if removed else budget_id


def _check(command: SetBudget) -> None:
    if command.max_amount is not None:
        exponent(command.max_amount.currency)
    calls, amount = command.max_calls, command.max_amount
    if (calls is not None and not 0 <= calls <= _MOST_CALLS) or (amount is not None and amount.minor_units < 0):
        raise InvalidInput(
            "A budget is not negative.", code="BUDGET", field="max_calls", remedy="Give 0 to let nothing through."
        )


async def _check_owner(tx: Tx, command: SetBudget) -> None:
    if command.creditor_id is not None and not await tx.fetchval(
        "SELECT 1 FROM creditor WHERE agency_id = $1 AND creditor_id = $2", tx.scope.agency, command.creditor_id
    ):
        raise not_found("creditor", "creditor_id")
    currency = await tx.fetchval(
        "SELECT currency FROM plugin_setting WHERE agency_id = $1 AND offer = $2 AND price_minor > 0",
        tx.scope.agency, command.code,
    )  # fmt: skip
    if command.max_amount is not None and currency is not None and currency != command.max_amount.currency:
        raise InvalidInput(
            f"The offer's price is in {currency}.", code="BUDGET_CURRENCY", field="max_amount",
            remedy="Give the budget in the currency of the price.",
        )  # fmt: skip


_WHICH = "agency_id = $1 AND offer = $2 AND period = $3 AND creditor_id IS NOT DISTINCT FROM $4"


async def _removed(tx: Tx, command: SetBudget) -> UUID:
    budget_id = await tx.fetchval(
        f"DELETE FROM plugin_budget WHERE {_WHICH} RETURNING id",  # noqa: S608 our own text
        tx.scope.agency, command.code, command.period.value, command.creditor_id,
    )  # fmt: skip
    if budget_id is None:
        raise not_found("budget", "code")
    return budget_id


async def _stored(tx: Tx, command: SetBudget) -> UUID:
    amount = command.max_amount
    one = (
        "creditor_id, period) WHERE creditor_id IS NOT NULL"
        if command.creditor_id
        else "period) WHERE creditor_id IS NULL"
    )
    return await tx.fetchval(
        _STORE.format(one=one),
        tx.scope.agency, command.code, command.period.value, command.creditor_id, command.max_calls,
        amount.minor_units if amount else None, amount.currency if amount else None, str(tx.scope.actor), tx.now,
        new_id(),
    )  # fmt: skip


_STORE = f"""
INSERT INTO plugin_budget (agency_id, id, offer, period, creditor_id, max_calls, max_minor, currency, updated_by,
  updated_at, period_start)
SELECT $1, $10, $2, b.period, $4, $5, $6, $7, $8, $9, {PERIOD_START.format(now="$9")}
FROM agency a, (SELECT $3::varchar AS period) b WHERE a.id = $1
ON CONFLICT (agency_id, offer, {{one}} DO UPDATE SET max_calls = EXCLUDED.max_calls, max_minor = EXCLUDED.max_minor,
  currency = EXCLUDED.currency, updated_by = EXCLUDED.updated_by, updated_at = EXCLUDED.updated_at
RETURNING id
"""  # noqa: S608 our own text
