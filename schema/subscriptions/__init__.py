"""What is pushed: events, and the progress of jobs. Fed from PostgreSQL, so nothing is missed or invented."""

from collections.abc import AsyncGenerator

import strawberry

from core.kit import feed, ids, listen
from core.kit.errors import not_found
from core.kit.kinds import JobState
from core.permissions import Permission
from schema.kit.access import subscription
from schema.kit.context import Info
from schema.kit.loading import Loaders
from schema.types.jobs import Event, Job

_POLL_S = 2.0


async def events(info: Info, after: str | None = None, names: list[str] | None = None) -> AsyncGenerator[Event, None]:
    """Everything that happens from now on, or from behind the cursor `after`, in order and without a gap.

    `names` keeps those events only. Keep the cursor of the last event: given as `after`, it goes on where it stopped.
    """
    scope = info.context.scope
    scope.require(Permission.EVENT_READ)
    start = feed.parse_cursor(after) if after else await feed.newest(scope)
    async for row in feed.follow(scope, start, names=names or ()):
        yield Event(row=row)


async def job_progress(info: Info, id: strawberry.ID) -> AsyncGenerator[Job, None]:
    """A job each time it has moved on, until it is done or has failed."""
    scope = info.context.scope
    scope.require(Permission.JOB_READ)
    key, seen = ids.decode("job", id), None
    while True:
        mark = listen.mark("recobro_progress")
        row = await Loaders(scope).one(Job.table, key)
        if row is None:
            raise not_found("job", "id")
        state = (row["state"], row["attempt"], row["progress_done"], row["progress_total"], row["progress_note"])
        if state != seen:
            seen = state
            yield Job(row=row)
        if row["state"] in (JobState.DONE, JobState.FAILED):
            return
        await listen.wait("recobro_progress", _POLL_S, mark)


@strawberry.type(description="What is pushed.")
class Subscription:
    events: AsyncGenerator[Event, None] = subscription(Permission.EVENT_READ)(events)
    job_progress: AsyncGenerator[Job, None] = subscription(Permission.JOB_READ)(job_progress)
