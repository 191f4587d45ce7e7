"""Creditors and mandates."""

import strawberry

from core.kit import ids
from core.kit.pages import Listing
from core.kit.scope import Scope
from core.mandates import reads
from core.permissions import Permission
from schema.kit.reads import page
from schema.types.mandates import Creditor, Mandate


@page(Creditor, Permission.CREDITOR_READ)
def creditors(scope: Scope) -> Listing:
    """The agency's creditors by name; for a creditor itself, once per agency that works for it. At most 100 a page."""
    return reads.creditors_listing(scope)


@page(Mandate, Permission.CREDITOR_READ)
def mandates(scope: Scope, creditor_id: strawberry.ID | None = None) -> Listing:
    """Mandates by name, of one creditor or of all. At most 100 a page."""
    return reads.mandates_listing(scope, ids.optional("creditor", creditor_id, field="creditorId"))
