"""Agree with a creditor how its periods are settled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.commissions.assess_fees import lock_creditor
from core.kit import db
from core.kit.db import Tx
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.permissions import Permission
from core.remittance.rules import DEFAULT, RemittanceTerms, read_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreeRemittance:
    """`means` is NET, GROSS or COMBINED, or a list of means for each charge; `shortfall` is INVOICE or CARRY."""

    creditor_id: UUID
    means: str | Mapping[str, Sequence[str]]
    shortfall: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceAgreed:
    agreement_id: UUID
    version: int


async def agree_remittance(scope: Scope, command: AgreeRemittance) -> RemittanceAgreed:
    """Keep terms as the newest version: the next statement has them, those that were issued stay.

    Raises: Forbidden; NotFound (creditor); InvalidInput (REMITTANCE_TERMS).
    """
    scope.require(Permission.REMITTANCE_MANAGE)
    terms, agreement_id = read_terms(command.means, command.shortfall).to_json(), new_id()
    async with db.transaction(scope) as tx:
        await lock_creditor(tx, command.creditor_id)
        version: int = await tx.fetchval(
            "INSERT INTO remittance_agreement (agency_id, id, creditor_id, version, terms, created_by, created_at) "
            "SELECT $1, $2, $3, COALESCE(max(version), 0) + 1, $4, $5, $6 FROM remittance_agreement "
            "WHERE agency_id = $1 AND creditor_id = $3 RETURNING version",
            scope.agency, agreement_id, command.creditor_id, terms, str(scope.actor), tx.now,
        )  # fmt: skip
        data = {"version": version, "terms": terms}
        await emit(tx, "remittance.agreed", agreement_id, data, creditor_id=command.creditor_id)
    return RemittanceAgreed(agreement_id=agreement_id, version=version)


async def terms_of(tx: Tx, creditor_id: UUID) -> RemittanceTerms:
    """The newest terms of a creditor; net, with what is missing carried forward, where nothing was agreed."""
    stored = await tx.fetchval(
        "SELECT terms FROM remittance_agreement WHERE agency_id = $1 AND creditor_id = $2 "
        "ORDER BY version DESC LIMIT 1",
        tx.scope.agency, creditor_id,
    )  # fmt: skip
    return read_terms(stored["means"], stored["shortfall"]) if stored else DEFAULT
