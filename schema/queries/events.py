"""Events and jobs."""

from uuid import UUID

import strawberry

from core.kit import feed, ids
from core.kit.pages import Listing
from core.kit.scope import Scope
from core.permissions import Permission
from schema.kit.reads import listing, single
from schema.types.jobs import Event, Job


@listing(Event, Permission.EVENT_READ)
def events(scope: Scope, after: str | None = None, names: list[str] | None = None, first: int = 50) -> Listing:
    """Events behind the cursor `after` (or from the beginning), in order; at most 100. `names` keeps only those.

    The same cursor works for the subscription `events`: read what you missed here, then follow there.
    """
    return feed.events_listing(scope, feed.parse_cursor(after), names=names or (), limit=max(1, first))


@single(Job, Permission.JOB_READ)
def job(scope: Scope, id: strawberry.ID) -> UUID:
    """A piece of work in the background, with its progress."""
    return ids.decode("job", id)
