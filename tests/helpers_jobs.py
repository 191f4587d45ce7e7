"""Runs queued jobs as the worker does, one at a time and without a queue in between."""

from core.kit.db import Database
from core.kit.errors import DomainError
from core.kit.jobs import Run, handler_of
from core.kit.scope import Audience, Scope, system_scope
from recobro.worker import _fail

_CLAIM = """
UPDATE job SET state = 'RUNNING', attempt = attempt + 1, heartbeat_at = now()
WHERE (agency_id, id) = (SELECT agency_id, id FROM job WHERE state = 'QUEUED' ORDER BY id LIMIT 1)
RETURNING *
"""


async def run_jobs(database: Database) -> int:
    """Claim queued jobs of all agencies and do them, until none is left; returns how many. A DomainError fails one."""
    relay, done = system_scope(Audience.RELAY, "test"), 0
    while True:
        async with database.transaction(relay) as tx:
            row = await tx.fetchrow(_CLAIM)
        if row is None:
            return done
        run = Run(row["id"], row["agency_id"], row["attempt"], Scope.from_json(row["scope"]), row["payload"])
        work = handler_of(row["name"])
        assert work is not None, row["name"]
        try:
            await work(run)
        except DomainError as problem:
            await _fail(run, row["name"], problem.code, problem.message)
        except BaseException:
            async with database.transaction(relay) as tx:
                await tx.execute(
                    "UPDATE job SET state = 'QUEUED' WHERE agency_id = $1 AND id = $2", row["agency_id"], row["id"]
                )
            raise
        done += 1
