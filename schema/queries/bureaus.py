"""Batches that bureaus were told of."""

import strawberry

from core.bureaus import reads
from core.kit import ids
from core.kit.pages import Listing
from core.kit.scope import Scope
from core.permissions import Permission
from schema.kit.reads import page
from schema.types.bureaus import FurnishingBatch


@page(FurnishingBatch, Permission.BUREAU_READ)
def furnishing_batches(scope: Scope, creditor_id: strawberry.ID | None = None, furnisher: str | None = None) -> Listing:
    """What bureaus were told, newest first; of one creditor, or to one bureau. At most 100 a page."""
    return reads.furnishing_batches(
        scope, creditor_id=ids.optional("creditor", creditor_id, field="creditorId"), furnisher=furnisher
    )
