"""A new mandate: the terms under which the agency collects for a creditor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from core.kit import clock, db
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.money import MAX_STEP, Rounding, exponent
from core.kit.scope import Scope
from core.mandates import terms
from core.mandates.allocation import check_allocation_policy
from core.mandates.interest import InterestTerms, check_interest
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMandate:
    """`currency` is ISO 4217, `timezone` an IANA name; `starts_on` is today in that zone unless given.
    `allocation_policy` is JSON as core/mandates/allocation.py describes it. `clearance_days`: by method of payment, the
    days for which money may bounce. `interest` are the terms that its debts get; without, they earn nothing by
    themselves. `promise_grace_days`: days after its due day on which money still keeps a promise; `missed_instalments`:
    how many, missed at once, break a plan.
    `rounding` and `rounding_unit_minor` (100: whole pesos; at most 10^9) say what interest, commission and
    its tax are rounded to, and what shares of a payment are multiples of."""

    creditor_id: UUID
    name: str
    currency: str
    timezone: str
    starts_on: date | None = None
    ends_on: date | None = None
    allocation_order: Sequence[str] = terms.DEFAULT_ALLOCATION_ORDER
    allocation_policy: Mapping[str, Any] | None = None
    ageing_bounds: Sequence[int] = terms.DEFAULT_AGEING_BOUNDS
    stage_days: Mapping[str, int] | None = None
    clearance_days: Mapping[str, int] | None = None
    interest: InterestTerms | Mapping[str, Any] | None = None
    promise_grace_days: int = terms.DEFAULT_GRACE_DAYS
    missed_instalments: int = terms.DEFAULT_MISSED_INSTALMENTS
    rounding: Rounding = Rounding.HALF_UP
    rounding_unit_minor: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateCreated:
    mandate_id: UUID


async def create_mandate(scope: Scope, command: CreateMandate) -> MandateCreated:
    """Agree on terms with a creditor of this agency.

    Raises: NotFound (creditor), InvalidInput (each term by its field), Conflict (NAME_TAKEN).
    """
    scope.require(Permission.MANDATE_MANAGE)
    name = check_name(command.name)
    exponent(command.currency)
    zone = terms.check_timezone(command.timezone)
    starts_on = command.starts_on or clock.today(zone)
    if command.ends_on is not None and command.ends_on < starts_on:
        raise InvalidInput("A mandate does not end before it starts.", field="ends_on", remedy="Give a later day.")
    order = terms.check_allocation_order(command.allocation_order)
    policy = check_allocation_policy(command.allocation_policy or {})
    bounds = terms.check_ageing_bounds(command.ageing_bounds)
    days = terms.check_stage_days(command.stage_days if command.stage_days is not None else terms.DEFAULT_STAGE_DAYS)
    clearance = terms.check_clearance_days(command.clearance_days or {})
    interest = None if command.interest is None else check_interest(command.interest).to_json()
    terms.check_promise_terms(command.promise_grace_days, command.missed_instalments)
    unit = check_rounding_unit(command.rounding_unit_minor)
    mandate_id = new_id()
    async with db.transaction(scope) as tx:
        if not await tx.fetchval(
            "SELECT true FROM creditor WHERE agency_id = $1 AND id = $2", scope.agency, command.creditor_id
        ):
            raise not_found("creditor", "creditor_id")
        added = await tx.fetchval(
            "INSERT INTO mandate (agency_id, id, creditor_id, name, currency, timezone, starts_on, ends_on, "
            "allocation_order, allocation_policy, ageing_bounds, stage_days, clearance_days, interest, "
            "promise_grace_days, missed_instalments, rounding, rounding_unit_minor) "
            "VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18) "
            "ON CONFLICT (agency_id, creditor_id, name) DO NOTHING RETURNING id",
            scope.agency, mandate_id, command.creditor_id, name, command.currency, zone, starts_on, command.ends_on,
            order, policy, bounds, days, clearance, interest, command.promise_grace_days, command.missed_instalments,
            command.rounding.value, unit,
        )  # fmt: skip
        if added is None:
            raise name_taken("mandate", name)
        data = {"name": name, "currency": command.currency}
        await emit(tx, "mandate.created", mandate_id, data, creditor_id=command.creditor_id)
    return MandateCreated(mandate_id=mandate_id)


def check_rounding_unit(unit: int) -> int:
    """Raises: InvalidInput (ROUNDING_UNIT) unless it is 1 to 10^9 minor units."""
    if not 1 <= unit <= MAX_STEP:
        raise InvalidInput(
            f"Amounts are rounded to 1 to {MAX_STEP} minor units.", code="ROUNDING_UNIT", field="rounding_unit_minor",
            remedy="Give 1 for every minor unit, or for example 100 for whole pesos.",
        )  # fmt: skip
    return unit


def check_name(name: str, *, longest: int = 120) -> str:
    """The name without blanks around it. Raises: InvalidInput where nothing, or too much, is left."""
    plain = name.strip()
    if not plain or len(plain) > longest or "\0" in plain:
        raise InvalidInput(f"A name has 1 to {longest} characters.", field="name", remedy="Give another name.")
    return plain


def name_taken(what: str, name: str) -> Conflict:
    return Conflict(
        f"There is a {what} named '{name}' already.", code="NAME_TAKEN", field="name", remedy="Give another name."
    )
