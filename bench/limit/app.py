"""The server of the limit: `uvicorn bench.limit.app:app`. DATABASE_URL, POOL as in the environment."""

import contextlib
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any
from uuid import UUID

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench import workloads
from bench.limit.dashboard import dashboard
from bench.limit.debt import debt
from bench.limit.pay import pay
from bench.limit.pool import Connection, Pool
from bench.limit.worklist import worklist

Work = Callable[[Connection, UUID, dict[str, Any]], Awaitable[bytes]]
WORK: dict[str, Work] = {
    workloads.WORKLIST: worklist, workloads.DEBT: debt, workloads.DASHBOARD: dashboard, workloads.PAY: pay,
}  # fmt: skip
pool = Pool(os.environ["DATABASE_URL"], int(os.environ["POOL"]))
_agencies: dict[str, UUID] = {}


async def graphql(request: Request) -> Response:
    asked = orjson.loads(await request.body())
    agency = request.headers["x-agency-id"]
    known = _agencies.get(agency)
    if known is None:
        known = _agencies[agency] = UUID(agency)
    connection = await pool.take(agency)
    try:
        work = WORK[asked["query"]]
        body = await work(connection, known, asked["variables"])
    finally:
        pool.give(connection, agency)
    if work is pay:
        pool.tell()
    return Response(body, media_type="application/json")


@contextlib.asynccontextmanager
async def lifespan(_: Starlette) -> AsyncGenerator[None]:
    await pool.open()
    yield
    await pool.close()


app = Starlette(routes=[Route("/graphql", graphql, methods=["POST"])], lifespan=lifespan)
