"""Give a debt terms of interest from a day on: at its start, or others after a judgment or an agreement."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.debts.kinds import ComponentKind
from core.debts.lock import lock_debt, require_active, require_text
from core.interest.accrue_interest import reaccrue
from core.interest.rates import daily_rate
from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.mandates.interest import InterestTerms, check_interest
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTerms:
    """The debt earns interest under `terms` from the day `valid_from` on, until the day of later ones, if any. Terms of
    the same day are replaced."""

    debt_id: UUID
    valid_from: date
    terms: InterestTerms
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsSet:
    """`corrected_minor` is the interest that was posted for days whose terms are others now: by how much it changed."""

    debt_id: UUID
    corrected_minor: int


async def set_terms(scope: Scope, command: SetTerms) -> TermsSet:
    """Set the terms of interest of a debt from a day on; what was posted for later days is corrected at once.

    Raises: Forbidden; NotFound (debt); InvalidInput (INTEREST_TERMS, INTEREST_FROM, INVALID_TEXT); Conflict
    (DEBT_CLOSED, INTEREST_RECEIVER).
    """
    scope.require(Permission.INTEREST_MANAGE)
    reason, terms = require_text(command.reason, "reason"), check_interest(command.terms, field="terms")
    async with db.transaction(scope) as tx:
        debt = await lock_debt(tx, command.debt_id)
        require_active(debt)
        if command.valid_from < debt["opened_on"]:
            raise InvalidInput(
                "The debt did not exist on that day.", code="INTEREST_FROM", field="valid_from",
                remedy=f"Give a day from {debt['opened_on']} on.",
            )  # fmt: skip
        await _begin(tx, debt, command.valid_from, terms.receives)
        await _write(tx, debt, command.valid_from, terms, reason)
        corrected = await reaccrue(tx, command.debt_id, command.valid_from, f"other terms of interest: {reason}")
        data = {"valid_from": command.valid_from.isoformat(), "terms": terms.to_json(), "reason": reason}
        await emit(tx, "interest.terms_set", command.debt_id, data, creditor_id=debt["creditor_id"])
    return TermsSet(debt_id=command.debt_id, corrected_minor=corrected)


async def _begin(tx: Tx, debt: Row, valid_from: date, receives: ComponentKind) -> None:
    """The debt bears interest from `valid_from` on at the latest. Nothing is posted before the first terms."""
    row = await tx.fetchrow(
        "INSERT INTO debt_interest AS i (agency_id, id, creditor_id, debt_id, receives, accrues_from, accrued_to, "
        "rounding, rounding_unit_minor) SELECT $1, $2, d.creditor_id, d.id, $4, $5, $5, m.rounding, "
        "m.rounding_unit_minor FROM debt d JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id "
        "WHERE d.agency_id = $1 AND d.id = $3 "
        "ON CONFLICT (agency_id, debt_id) DO UPDATE SET accrues_from = LEAST(i.accrues_from, EXCLUDED.accrues_from) "
        "RETURNING receives",
        tx.scope.agency, new_id(), debt["id"], receives.value, valid_from,
    )  # fmt: skip
    assert row is not None
    if row["receives"] != receives:
        raise Conflict(
            f"The interest of the debt goes to {row['receives']}.", code="INTEREST_RECEIVER", field="terms",
            remedy="Let the new terms add to the same kind of component.",
        )  # fmt: skip


async def _write(tx: Tx, debt: Row, valid_from: date, terms: InterestTerms, reason: str) -> None:
    await tx.execute(
        "INSERT INTO debt_interest_terms (agency_id, id, creditor_id, debt_id, valid_from, method, annual_rate, "
        "daily_rate, leap_daily_rate, day_count, modality, base, overdue_only, reason, set_at, set_by) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) "
        "ON CONFLICT (agency_id, debt_id, valid_from) DO UPDATE SET method = EXCLUDED.method, "
        "annual_rate = EXCLUDED.annual_rate, daily_rate = EXCLUDED.daily_rate, "
        "leap_daily_rate = EXCLUDED.leap_daily_rate, day_count = EXCLUDED.day_count, modality = EXCLUDED.modality, "
        "base = EXCLUDED.base, overdue_only = EXCLUDED.overdue_only, reason = EXCLUDED.reason, "
        "set_at = EXCLUDED.set_at, set_by = EXCLUDED.set_by",
        tx.scope.agency, new_id(), debt["creditor_id"], debt["id"], valid_from, terms.method.value, terms.annual_rate,
        daily_rate(terms), daily_rate(terms, leap=True), terms.day_count.value, terms.modality,
        [kind.value for kind in terms.base], terms.overdue_only, reason, tx.now, str(tx.scope.actor),
    )  # fmt: skip
