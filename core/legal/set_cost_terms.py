"""Agree, under a mandate, who approves the costs of lawsuits, up to what nobody has to be asked, and whether money is
booked as the lawyers tell it."""

from dataclasses import dataclass
from uuid import UUID

from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import InvalidInput, not_found
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.legal.kinds import CostApprover
from core.permissions import Permission

MAX_MINOR = 10**17


@dataclass(frozen=True, slots=True, kw_only=True)
class CostTerms:
    """`approver` decides on what is above a limit; where it is AGENCY the creditor may, too. A cost of up to
    `single_minor` is approved by itself while the approved costs of its case stay within `case_minor`. `charged`: an
    approved cost is added to the debt. `books_money`: payments that the lawyers tell of are booked without asking."""

    approver: CostApprover
    single_minor: int
    case_minor: int
    charged: bool
    books_money: bool = False


DEFAULT = CostTerms(approver=CostApprover.CREDITOR, single_minor=0, case_minor=0, charged=True)
"""Where nothing was agreed the creditor is asked about every cost, and a person at the agency about all money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCostTerms:
    """Limits are in the mandate's currency, tax included."""

    mandate_id: UUID
    approver: CostApprover
    single: Money
    case: Money
    charged: bool = True
    books_money: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CostTermsSet:
    terms_id: UUID
    version: int


async def set_cost_terms(scope: Scope, command: SetCostTerms) -> CostTermsSet:
    """Keep terms as the mandate's newest version: what is asked from now on has them.

    Raises: Forbidden; NotFound (mandate); InvalidInput (CURRENCY_MISMATCH, COST_TERMS).
    """
    scope.require(Permission.MANDATE_MANAGE)
    single, case, terms_id = command.single.minor_units, command.case.minor_units, new_id()
    if command.approver is CostApprover.LIMIT:
        raise _terms("approver", "Somebody decides on what is above the limits.", "Give CREDITOR or AGENCY.")
    if not 0 <= single <= case <= MAX_MINOR:
        raise _terms(
            "case",
            "The limit of a case is not below that of a single cost.",
            "Give 0 or more, and no less for the case.",
        )
    async with db.transaction(scope) as tx:
        mandate = await tx.fetchrow(
            "SELECT creditor_id, currency FROM mandate WHERE agency_id = $1 AND id = $2 FOR NO KEY UPDATE",
            scope.agency, command.mandate_id,
        )  # fmt: skip
        if mandate is None:
            raise not_found("mandate", "mandate_id")
        _check_currency(mandate, command)
        version: int = await tx.fetchval(
            "INSERT INTO legal_cost_terms (agency_id, id, creditor_id, mandate_id, version, approver, single_minor, "
            "case_minor, charged, created_by, created_at, books_money) "
            "SELECT $1, $2, $3, $4, COALESCE(max(version), 0) + 1, $5, $6, $7, $8, $9, $10, $11 FROM legal_cost_terms "
            "WHERE agency_id = $1 AND mandate_id = $4 RETURNING version",
            scope.agency, terms_id, mandate["creditor_id"], command.mandate_id, command.approver.value, single, case,
            command.charged, str(scope.actor), tx.now, command.books_money,
        )  # fmt: skip
        data = {
            "version": version, "approver": command.approver.value, "single_minor": single, "case_minor": case,
            "currency": mandate["currency"], "charged": command.charged, "books_money": command.books_money,
        }  # fmt: skip
        await emit(tx, "legal.cost_terms_set", command.mandate_id, data, creditor_id=mandate["creditor_id"])
    return CostTermsSet(terms_id=terms_id, version=version)


async def cost_terms_of(tx: Tx, debt_id: UUID) -> CostTerms:
    """The newest terms of the mandate that a debt is worked under."""
    row = await tx.fetchrow(
        "SELECT t.approver, t.single_minor, t.case_minor, t.charged, t.books_money FROM debt d JOIN legal_cost_terms t "
        "ON t.agency_id = $1 AND t.mandate_id = d.mandate_id WHERE d.agency_id = $1 AND d.id = $2 "
        "ORDER BY t.version DESC LIMIT 1",
        tx.scope.agency, debt_id,
    )  # fmt: skip
    if row is None:
        return DEFAULT
    return CostTerms(
        approver=CostApprover(row["approver"]),
        single_minor=row["single_minor"],
        case_minor=row["case_minor"],
        charged=row["charged"],
        books_money=row["books_money"],
    )


def _check_currency(mandate: Row, command: SetCostTerms) -> None:
    for name, limit in (("single", command.single), ("case", command.case)):
        if limit.currency != mandate["currency"]:
            raise InvalidInput(
                f"The mandate is in {mandate['currency']}.", code="CURRENCY_MISMATCH", field=name,
                remedy=f"Give the limit in {mandate['currency']}.",
            )  # fmt: skip


def _terms(field: str, words: str, remedy: str) -> InvalidInput:
    return InvalidInput(words, code="COST_TERMS", field=field, remedy=remedy)
