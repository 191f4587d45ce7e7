"""Payments of a creditor's debts, whichever debt they are for."""

from datetime import date

import strawberry

from core.kit import ids
from core.kit.pages import Listing
from core.kit.scope import Scope
from core.payments import reads
from core.payments.kinds import PaymentMethod, PaymentStatus, ReceivedBy
from core.permissions import Permission
from schema.kit.reads import page
from schema.types.payments import Payment


@page(Payment, Permission.PAYMENT_READ)
def payments(
    scope: Scope,
    creditor_id: strawberry.ID,
    since: date | None = None,
    until: date | None = None,
    status: PaymentStatus | None = None,
    method: PaymentMethod | None = None,
    received_by: ReceivedBy | None = None,
) -> Listing:
    """Payments for all debts of a creditor, newest day first; reversed ones are among them where `status` does not say
    otherwise. `since` and `until` are days of the payment. A creditor sees its own, at all of its agencies. At most 100
    a page.

    Error codes: PERIOD.
    """
    return reads.payments_listing(
        scope,
        reads.PaymentsQuery(
            creditor_id=ids.decode("creditor", creditor_id, field="creditorId"),
            since=since,
            until=until,
            status=status,
            method=method,
            received_by=received_by,
        ),
    )
