"""strawberry and Tortoise, tuned: relations joined, DataLoaders, documents parsed and validated once, orjson."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import models as m
import orjson
import strawberry
from graph import SCALARS, Debt, DebtPage, PageInfo, Stage, loaders, today
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig
from tortoise import Tortoise, connections
from tortoise.expressions import Q, RawSQL
from tortoise.transactions import in_transaction
from write import Dashboard, PaymentRecordInput, PaymentRecordPayload, dashboard_of, record

# As the index that is in the page's order has it.
DUE = RawSQL('LEAST("debt"."due_on", \'infinity\'::date)')


@strawberry.input
class DebtFilter:
    stages: list[Stage]
    days_past_due_from: int
    days_past_due_to: int


@strawberry.type
class Query:
    @strawberry.field
    async def debts(self, info: strawberry.Info, filter: DebtFilter, first: int, after: str | None = None) -> DebtPage:
        day = today()
        rows = m.Debt.filter(
            agency_id=info.context["agency"],
            status="ACTIVE",
            stage__in=[stage.name for stage in filter.stages],
        )
        rows = rows.annotate(due=DUE).filter(
            due__gte=day - timedelta(days=filter.days_past_due_to),
            due__lte=day - timedelta(days=filter.days_past_due_from),
        )
        if after:
            balance, _, last = after.partition(":")
            rows = rows.filter(Q(balance_minor__lt=int(balance)) | Q(balance_minor=int(balance), id__lt=last))
        found = await rows.select_related("party", "creditor").order_by("-balance_minor", "-id").limit(first + 1)
        page = found[:first]
        cursor = f"{page[-1].balance_minor}:{page[-1].id}" if page else None
        return DebtPage(
            nodes=[Debt.of(row, day) for row in page],
            page_info=PageInfo(end_cursor=cursor, has_next_page=len(found) > first),
        )

    @strawberry.field
    async def debt(self, info: strawberry.Info, id: strawberry.ID) -> Debt | None:
        rows = m.Debt.filter(agency_id=info.context["agency"], id=id).select_related("party", "creditor")
        row = await rows.first()
        return Debt.of(row, today()) if row else None

    @strawberry.field
    async def dashboard(self, creditor_id: strawberry.ID, months: int) -> Dashboard | None:
        return await dashboard_of(creditor_id, months)


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def payment_record(self, input: PaymentRecordInput) -> PaymentRecordPayload:
        return await record(input)


class Tenant(SchemaExtension):
    """One transaction for each operation, which knows the agency."""

    async def on_execute(self) -> AsyncGenerator[None]:
        context = self.execution_context.context
        context["agency"] = context["request"].headers["x-agency-id"]
        context["loaders"] = loaders()
        async with in_transaction() as connection:
            await connection.execute_query("SELECT set_config('app.agency_id', $1, true)", [context["agency"]])
            yield


class View(GraphQL):
    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)


SCHEMA = strawberry.Schema(
    Query,
    Mutation,
    extensions=[Tenant, lambda: ParserCache(maxsize=256), lambda: ValidationCache(maxsize=256)],
    config=StrawberryConfig(scalar_map=SCALARS),
)


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncGenerator[None]:
    url, size = urlsplit(os.environ["DATABASE_URL"]), int(os.environ["POOL"])
    credentials = {
        "host": url.hostname, "port": url.port, "user": url.username, "password": url.password,
        "database": url.path[1:], "minsize": size, "maxsize": size,
        "server_settings": {"timezone": "UTC", "jit": "off"},
    }  # fmt: skip
    config = {
        "connections": {"default": {"engine": "tortoise.backends.asyncpg", "credentials": credentials}},
        "apps": {"bench": {"models": ["models"], "default_connection": "default"}},
        "use_tz": True,
    }
    await Tortoise.init(config=config, _enable_global_fallback=True)
    yield
    await connections.close_all()


app = Starlette(routes=[Route("/graphql", View(SCHEMA, graphql_ide=None), methods=["POST"])], lifespan=lifespan)
