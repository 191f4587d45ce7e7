"""Do what a verified call of a provider asks for: its plugin says what came of it, and the host writes that."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from core.kit import crypto, db, ids
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, DomainError, InvalidInput
from core.kit.events import emit
from core.kit.jobs import Run, handler
from core.plugin_host import host
from core.plugin_host.call import call
from core.plugin_host.follow_up import follow_up, hasten, wait_after
from core.plugin_host.kinds import CallbackState
from core.plugin_host.problems import ProviderProblem
from core.plugin_host.take_callback import JOB
from recobro_sdk import CallbackResult, InboundCall

RECEIVE_S = 30.0
MAX_ATTEMPTS = 8
"""With the waits of follow-ups, about four hours."""
MOST_EVENTS, MOST_SETTLED, MAX_DATA = 50, 50, 64 << 10
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@handler(JOB)
async def do_callback(run: Run) -> None:
    """The job: one attempt, and another one later where the plugin could not do it now."""
    callback_id = UUID(run.payload["callback_id"])
    async with db.transaction(run.scope, read_only=True) as tx:
        row = await tx.fetchrow(
            "SELECT * FROM plugin_callback WHERE agency_id = $1 AND id = $2", run.agency_id, callback_id
        )
    if row is None or row["state"] != CallbackState.RECEIVED:
        async with db.transaction(run.scope) as tx:
            return await run.finish(tx, {"state": row["state"] if row else None})
    try:
        result = await _received(run, row)
    except (ProviderProblem, Conflict) as problem:
        return await _failed(run, row, problem)
    async with db.transaction(run.scope) as tx:
        for event in result.events:
            await emit(tx, f"plugin.{row['plugin']}.{event.name}", callback_id, dict(event.data))
        await hasten(tx, [key for text in result.settled if (key := _key(text)) is not None])
        await _ended(tx, row, CallbackState.DONE, None)
        await run.finish(tx, {"state": CallbackState.DONE.value, "events": len(result.events)})
    return None


async def _received(run: Run, row: Row) -> CallbackResult:
    inbound, loaded = _inbound(row), host.offer(None, row["offer"])
    return await call(
        run.scope, loaded.kind, row["offer"], "receive_call", lambda provider: provider.receive_call(inbound),
        answer=CallbackResult, check=lambda found: _check(row["plugin"], found), subject_id=row["id"],
        timeout_s=RECEIVE_S,
    )  # fmt: skip


def _inbound(row: Row) -> InboundCall:
    method, path, headers, body, received_at = orjson.loads(crypto.decrypt(row["sealed"]))
    return InboundCall(
        method=method,
        path=path,
        headers=tuple((name, value) for name, value in headers),
        body=bytes.fromhex(body),
        received_at=datetime.fromisoformat(received_at),
    )


def _check(plugin: str, found: CallbackResult) -> None:
    if len(found.events) > MOST_EVENTS or len(found.settled) > MOST_SETTLED:
        raise ValueError("too much came of one call")
    for event in found.events:
        name = f"plugin.{plugin}.{event.name}"
        data: Any = orjson.dumps(event.data)
        if _NAME.fullmatch(event.name) is None or len(name) > 80 or len(data) > MAX_DATA or b"\\u0000" in data:
            raise ValueError("an event that cannot be told")


def _key(text: str) -> UUID | None:
    """Of a public id, or of the key that the host gave with its call. What is neither settles nothing."""
    try:
        return UUID(text) if _UUID.fullmatch(text) else ids.parse(text)[1]
    except InvalidInput:
        return None


async def _failed(run: Run, row: Row, problem: DomainError) -> None:
    attempt = int(run.payload["attempt"])
    rejected = problem.code == "PROVIDER_REJECTED"
    state = CallbackState.REJECTED if rejected else CallbackState.FAILED
    async with db.transaction(run.scope) as tx:
        if not rejected and attempt < MAX_ATTEMPTS:
            state = CallbackState.RECEIVED
            await follow_up(tx, JOB, row["id"], {**run.payload, "attempt": attempt + 1}, after=wait_after(attempt))
        await _ended(tx, row, state, problem.code)
        await run.finish(tx, {"state": state.value, "error_code": problem.code})


async def _ended(tx: Tx, row: Row, state: CallbackState, code: str | None) -> None:
    finished = tx.now if state is not CallbackState.RECEIVED else None
    await tx.execute(
        "UPDATE plugin_callback SET state = $3, error_code = $4, finished_at = $5 WHERE agency_id = $1 AND id = $2",
        tx.scope.agency, row["id"], state.value, code, finished,
    )  # fmt: skip
