"""Ask for a job of an extension now, or for those whose turn has begun."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from core.kit import db, ids
from core.kit.db import Tx
from core.kit.errors import Conflict, not_found
from core.kit.jobs import enqueue
from core.kit.scope import Actor, Scope, agency_scope
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.extension_jobs import begins, job_name, job_of, scheduled
from core.plugin_host.offers import EXTENSION, LoadedOffer
from core.plugin_host.settings import require_enabled

ACTOR = Actor("system", "schedule")


async def request_job(scope: Scope, code: str, name: str) -> UUID:
    """Ask for a job of an extension; returns the job's id.

    Raises: Forbidden; NotFound (offer, job); Conflict (OFFER_NOT_ENABLED; JOB_UNDER_WAY: one of the name is not done).
    """
    scope.require(Permission.PLUGIN_MANAGE)
    loaded = host.offer(EXTENSION, code)
    if job_of(loaded, name) is None:
        raise not_found("job", "job")
    async with db.transaction(scope) as tx:
        await require_enabled(tx, loaded)
        asked = await _ask(tx, loaded, name, None)
    if asked is None:
        raise Conflict("This job is under way.", code="JOB_UNDER_WAY", field="job", remedy="Wait until it has ended.")
    return asked


async def request_due_jobs(agencies: Sequence[UUID], since: datetime, now: datetime) -> int:
    """Ask for the jobs whose turn began after `since`, for each agency that has enabled the extension, unless one of
    the name is not done; returns how many. Asking twice is asking once."""
    asked = 0
    for loaded, job, every_s in scheduled(host.extensions()):
        turn = begins(now, every_s)
        if turn <= since:
            continue
        for agency_id in agencies:
            job_id = ids.of_moment(turn, f"{job_name(loaded.code, job.name)}:{agency_id}")
            async with db.transaction(agency_scope(agency_id, ACTOR)) as tx:
                enabled = await tx.fetchval(_ENABLED, agency_id, loaded.code, loaded.plugin)
                asked += enabled is not None and await _ask(tx, loaded, job.name, job_id) is not None
    return asked


_ENABLED = "SELECT 1 FROM plugin_setting WHERE agency_id = $1 AND offer = $2 AND plugin = $3 AND enabled"


async def _ask(tx: Tx, loaded: LoadedOffer, name: str, job_id: UUID | None) -> UUID | None:
    """None where one of the name waits or runs. Whoever asks holds the offer's setting: two do not ask at once."""
    await tx.fetchval(
        "SELECT 1 FROM plugin_setting WHERE agency_id = $1 AND offer = $2 FOR UPDATE", tx.scope.agency, loaded.code
    )
    under_way = await tx.fetchval(
        "SELECT 1 FROM job WHERE agency_id = $1 AND name = $2 AND state IN ('QUEUED', 'RUNNING') LIMIT 1",
        tx.scope.agency, job_name(loaded.code, name),
    )  # fmt: skip
    if under_way is not None:
        return None
    return await enqueue(tx, job_name(loaded.code, name), {"offer": loaded.code, "job": name}, job_id=job_id)
