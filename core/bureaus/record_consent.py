"""Record that the debtor authorised reports about a debt."""

from uuid import UUID

from core.bureaus.rules import ConsentGiven, check_consent
from core.debts.lock import lock_debt, require_active
from core.kit import clock, db
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission


async def record_consent(scope: Scope, debt_id: UUID, given: ConsentGiven) -> bool:
    """Keep an authorisation, usually the one of the contract; False where it was recorded before.

    Raises: Forbidden; NotFound (debt); InvalidInput (CONSENT_MISSING, CONSENT_IN_FUTURE, INVALID_TEXT); Conflict
    (DEBT_CLOSED). Legal source: Ley 1266 de 2008 art. 6 (CO-BUR-09).
    """
    scope.require(Permission.BUREAU_FURNISH)
    consent = check_consent(given, clock.now())
    async with db.transaction(scope) as tx:
        debt = await lock_debt(tx, debt_id)
        require_active(debt)
        recorded = await tx.fetchval(
            "INSERT INTO furnishing_consent (agency_id, id, debt_id, creditor_id, reference, medium, granted_at, "
            "text_version, recorded_by, recorded_at) VALUES ($1, recobro_uuid7(), $2, $3, $4, $5, $6, $7, $8, $9) "
            "ON CONFLICT (agency_id, debt_id, reference) DO NOTHING RETURNING id",
            scope.agency, debt_id, debt["creditor_id"], consent.reference, consent.medium, consent.granted_at,
            consent.text_version, str(scope.actor), tx.now,
        )  # fmt: skip
        if recorded is None:
            return False
        await emit(tx, "debt.consent_recorded", debt_id, {"reference": consent.reference, "medium": consent.medium})
    return True
