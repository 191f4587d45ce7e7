"""What other terms would have brought: a period of a mandate once more, under terms that nobody has agreed on yet."""

# ruff: noqa: S608 - what is put together here is text of the program; values are bound

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.commissions.assess_fees import take_time
from core.commissions.fees import CLEARED_ON, FEES
from core.commissions.save_schedule import check_tax_rate
from core.commissions.terms import read_terms, stored
from core.kit import db
from core.kit.db import Row
from core.kit.errors import InvalidInput, not_found
from core.kit.money import Money
from core.kit.pages import Args, Key, KeyType, Order, Page, PageRequest, fetch_page
from core.kit.scope import Scope
from core.permissions import Permission

TIMEOUT_S = 120
"""Somebody waits for the answer, but a year of a large creditor is more than half a minute's work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulateFees:
    """`terms` and `tax_rate` as for `SaveSchedule`; the payments whose money was there from `first` to `last`."""

    mandate_id: UUID
    terms: Mapping[str, Any]
    tax_rate: Decimal
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedFee:
    """One payment that stands. `charged` is what is stored for it (0 where it is not assessed), `simulated` what the
    terms would bring, both without tax; `difference` is the second less the first."""

    payment_id: UUID
    debt_id: UUID
    cleared_on: date
    paid: Money
    charged: Money
    charged_tax: Money
    simulated: Money
    simulated_tax: Money

    @property
    def difference(self) -> Money:
        return self.simulated - self.charged


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedTotal:
    """The sums of the whole period, whatever page of it was asked for."""

    payments: int
    paid: Money
    charged: Money
    charged_tax: Money
    simulated: Money
    simulated_tax: Money

    @property
    def difference(self) -> Money:
        return self.simulated - self.charged


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """`total` is None behind the last page only."""

    page: Page[SimulatedFee]
    total: SimulatedTotal | None


_SUMS = ("applied", "charged_fee", "charged_tax", "fee", "tax")
_KEYS = (Key("t.cleared_on", KeyType.DATE), Key("t.recorded_at", KeyType.INSTANT), Key("t.payment_id", KeyType.UUID))
_ORDER = Order("cleared", _KEYS)

# All debts have the terms, whenever they were placed: the identity of the schedule is the mandate's.
_REPLAY = f"""
WITH given AS (
  SELECT $2::uuid AS schedule_id, $2::uuid AS mandate_id, '-infinity'::date AS valid_from, 'infinity'::date AS valid_to,
    $3::jsonb AS terms, $4::numeric AS tax_rate
), asked AS MATERIALIZED (
  SELECT DISTINCT p.debt_id FROM payment p JOIN debt d ON d.agency_id = $1 AND d.id = p.debt_id
  WHERE p.agency_id = $1 AND p.creditor_id = $7 AND d.mandate_id = $2 AND p.status = 'CLEARED'
    AND {CLEARED_ON} BETWEEN $5 AND $6
), {FEES}, told AS (
  SELECT s.payment_id, s.debt_id, s.cleared_on, s.recorded_at, s.applied, s.charged_fee, s.charged_tax, s.fee, s.tax
  FROM fee s
  WHERE s.cleared_on BETWEEN $5 AND $6
)
SELECT told.*, count(*) OVER () AS all_payments,
  {", ".join(f"sum({name}) OVER () AS all_{name}" for name in _SUMS)} FROM told
"""


async def simulate_fees(scope: Scope, command: SimulateFees, page: PageRequest) -> Simulation:
    """Replay a period under other terms, payment by payment in their order. Writes nothing.

    Raises: Forbidden; NotFound (mandate); InvalidInput (INVALID_TERMS, TAX_RATE, PERIOD, page).
    """
    scope.require(Permission.COMMISSION_READ)
    agency_id = scope.agency
    if command.last < command.first:
        raise InvalidInput("A period does not end before it begins.", code="PERIOD", field="last")
    terms, tax_rate = stored(read_terms(command.terms)), check_tax_rate(command.tax_rate)
    totals: list[SimulatedTotal] = []
    async with db.transaction(scope, read_only=True) as tx:
        await take_time(tx, TIMEOUT_S)
        mandate = await tx.fetchrow(
            "SELECT creditor_id, currency FROM mandate WHERE agency_id = $1 AND id = $2", agency_id, command.mandate_id
        )
        if mandate is None:
            raise not_found("mandate", "mandate_id")
        currency: str = mandate["currency"]

        def read(row: Row) -> SimulatedFee:
            if not totals:
                totals.append(SimulatedTotal(payments=row["all_payments"], **_sums(row, currency, "all_")))
            return SimulatedFee(
                payment_id=row["payment_id"], debt_id=row["debt_id"], cleared_on=row["cleared_on"],
                **_sums(row, currency),
            )  # fmt: skip

        args = Args(
            agency_id, command.mandate_id, terms, tax_rate, command.first, command.last, mandate["creditor_id"]
        )  # fmt: skip
        found = await fetch_page(
            tx, select="t.*", source=f"({_REPLAY}) AS t", where="true", args=args, order=_ORDER, request=page, make=read
        )
    if not totals and page.cursor is None:
        totals.append(SimulatedTotal(payments=0, **_sums(dict.fromkeys(_SUMS, 0), currency)))
    return Simulation(page=found, total=totals[0] if totals else None)


def _sums(row: Row | Mapping[str, int], currency: str, prefix: str = "") -> dict[str, Money]:
    names = ("paid", "charged", "charged_tax", "simulated", "simulated_tax")
    return {
        name: Money(int(row[f"{prefix}{column}"]), currency) for name, column in zip(names, _SUMS, strict=True)
    }  # fmt: skip
