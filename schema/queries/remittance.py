"""What was settled with creditors: statements, orders to banks, and the terms that were agreed."""

from uuid import UUID

import strawberry

from core.kit import ids
from core.kit.pages import Listing
from core.kit.scope import Scope
from core.permissions import Permission
from core.remittance import reads
from schema.kit.reads import page, single
from schema.types.remittance import RemittanceAgreement, RemittanceOrder, RemittanceStatement


@page(RemittanceStatement, Permission.REMITTANCE_READ)
def remittance_statements(scope: Scope, creditor_id: strawberry.ID | None = None) -> Listing:
    """Statements, newest first, of one creditor or of all; a creditor sees its own. At most 100 a page."""
    return reads.statements_listing(scope, ids.optional("creditor", creditor_id, field="creditorId"))


@single(RemittanceStatement, Permission.REMITTANCE_READ)
def remittance_statement(scope: Scope, id: strawberry.ID) -> UUID:
    """One statement with its lines. Null where there is none that you can see, or while it is not issued yet."""
    return ids.decode("statement", id)


@page(RemittanceOrder, Permission.REMITTANCE_READ)
def remittance_orders(scope: Scope, creditor_id: strawberry.ID | None = None) -> Listing:
    """What banks are to move, newest first; a creditor sees what pays it. At most 100 a page."""
    return reads.orders_listing(scope, ids.optional("creditor", creditor_id, field="creditorId"))


@page(RemittanceAgreement, Permission.REMITTANCE_READ)
def remittance_agreements(scope: Scope, creditor_id: strawberry.ID) -> Listing:
    """How a creditor's periods are settled, the version that counts first. Without any it is NET, with CARRY."""
    return reads.agreements_listing(scope, ids.decode("creditor", creditor_id, field="creditorId"))
