"""Promises to pay and payment plans."""

from datetime import date
from uuid import UUID

import strawberry

from core.agreements import reads
from core.agreements.kinds import AgreementStatus, PromiseStatus
from core.kit import ids
from core.kit.pages import Listing
from core.kit.scope import Scope
from core.permissions import Permission
from schema.kit.reads import page, single
from schema.types.agreements import Agreement, Promise


@page(Promise, Permission.PAYMENT_READ)
def promises(
    scope: Scope,
    status: PromiseStatus | None = None,
    debt_id: strawberry.ID | None = None,
    creditor_id: strawberry.ID | None = None,
    due_from: date | None = None,
    due_until: date | None = None,
) -> Listing:
    """Promises by the day on which they are due, the first one first. At most 100 a page."""
    return reads.promises_listing(
        scope,
        status=status,
        debt_id=ids.optional("debt", debt_id, field="debtId"),
        creditor_id=ids.optional("creditor", creditor_id, field="creditorId"),
        due_from=due_from,
        due_until=due_until,
    )


@page(Agreement, Permission.PAYMENT_READ)
def agreements(scope: Scope, status: AgreementStatus | None = None, debt_id: strawberry.ID | None = None) -> Listing:
    """Promises and plans as they were agreed, newest first. At most 100 a page."""
    return reads.agreements_listing(scope, status=status, debt_id=ids.optional("debt", debt_id, field="debtId"))


@single(Agreement, Permission.PAYMENT_READ)
def agreement(scope: Scope, id: strawberry.ID) -> UUID:
    """One agreement. Null where there is none that you can see."""
    return ids.decode("agreement", id)
