"""Tie a reference to a debt: what its debtor is told to quote, or has signed."""

from dataclasses import dataclass
from uuid import UUID

from core.banking.kinds import ReferenceKind
from core.banking.references import compact, make_rf
from core.kit import db
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.ids import new_id, text_of
from core.kit.scope import Scope
from core.permissions import Permission

_ADD = """
INSERT INTO payment_reference (agency_id, id, debt_id, kind, reference, created_by)
SELECT $1, $2, d.id, $4, $5, $6 FROM debt d WHERE d.agency_id = $1 AND d.id = $3
ON CONFLICT (agency_id, kind, reference) DO NOTHING RETURNING reference
"""
_OWNER = "SELECT debt_id FROM payment_reference WHERE agency_id = $1 AND kind = $2 AND reference = $3"


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveReference:
    """Without a `reference` one of ISO 11649 is made; only `kind` RF can be."""

    debt_id: UUID
    kind: ReferenceKind
    reference: str | None = None


async def give_reference(scope: Scope, command: GiveReference) -> str:
    """Tie a reference to a debt; returns it as it is to be quoted. The same again does nothing.

    Raises: Forbidden; NotFound (debt); InvalidInput (INVALID_REFERENCE); Conflict (REFERENCE_TAKEN).
    """
    scope.require(Permission.DEBT_WORK)
    reference = _checked(command)
    async with db.transaction(scope) as tx:
        added = await tx.fetchval(
            _ADD, scope.agency, new_id(), command.debt_id, command.kind.value, reference, str(scope.actor)
        )
        if added is None:
            owner = await tx.fetchval(_OWNER, scope.agency, command.kind.value, reference)
            if owner is None:
                raise not_found("debt", "debt_id")
            if owner != command.debt_id:
                raise Conflict(
                    "Another debt has this reference.", code="REFERENCE_TAKEN", field="reference",
                    remedy="Give each debt its own.",
                )  # fmt: skip
    return reference


def _checked(command: GiveReference) -> str:
    from stdnum import iso11649  # here, as most processes never read one

    if command.reference is None and command.kind is ReferenceKind.RF:
        # The random end of an id: 100 bits, of which two in one agency are not the same.
        return make_rf(text_of(new_id().int)[-20:])
    reference = compact(command.reference or "")
    if not 1 <= len(reference) <= 40 or (command.kind is ReferenceKind.RF and not iso11649.is_valid(reference)):
        raise InvalidInput(
            f"'{(command.reference or '')[:40]}' is no {command.kind.value} reference.", code="INVALID_REFERENCE",
            field="reference", remedy="Give 1 to 40 letters and digits; of RF with the right check digits.",
        )  # fmt: skip
    return reference
