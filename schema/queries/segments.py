"""Segments of an agency."""

from uuid import UUID

import strawberry

from core.kit import ids
from core.kit.pages import Listing
from core.kit.scope import Scope
from core.permissions import Permission
from core.segments.reads import segments_listing
from schema.kit.reads import page, single
from schema.types.segments import Segment


@page(Segment, Permission.SEGMENT_READ)
def segments(scope: Scope) -> Listing:
    """The agency's segments by name. At most 100 a page."""
    return segments_listing(scope)


@single(Segment, Permission.SEGMENT_READ)
def segment(scope: Scope, id: strawberry.ID) -> UUID:
    """One segment with its members. Null where there is none that you can see."""
    return ids.decode("segment", id)
