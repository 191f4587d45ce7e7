"""Events and jobs."""

import strawberry

from core.kit import feed, ids
from core.permissions import Permission
from schema.kit.access import query
from schema.kit.context import Info
from schema.kit.node import wrapped
from schema.types.jobs import Event, Job


@query(Permission.EVENT_READ, cost=2)
async def events(info: Info, after: str | None = None, names: list[str] | None = None, first: int = 50) -> list[Event]:
    """Events behind the cursor `after` (or from the beginning), in order; at most 100. `names` keeps only those.

    The same cursor works for the subscription `events`: read what you missed here, then follow there.
    """
    rows = await feed.events_after(info.context.scope, feed.parse_cursor(after), names=names or (), limit=max(1, first))
    return [Event(row=row) for row in rows]


@query(Permission.JOB_READ)
async def job(info: Info, id: strawberry.ID) -> Job | None:
    """A piece of work in the background, with its progress."""
    return wrapped(Job, await info.context.load.one("job", ids.decode("job", id)))
