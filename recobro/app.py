"""The ASGI application: GraphQL, sign-in, files, the explorer; with everything that lives as long as the process."""

from recobro import lean  # noqa: F401  # isort: skip  # pyright: ignore[reportUnusedImport]
import asyncio
import contextlib
import gc
from collections.abc import AsyncGenerator, Coroutine, Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from core.kit import db, listen
from core.kit.listen import Listener
from core.plugin_host import host
from core.plugin_host.process import end_idle
from core.plugin_host.settings import follow
from recobro import jobs_registry, relay, worker
from recobro.queue import Queue, queue_of
from recobro.runtime import opened
from recobro.schedule import Schedule
from recobro.settings import Settings
from recobro.withdrawals import withdraw_everywhere
from recobro.worker import PATIENCE, Patience
from schema.callbacks import callback_routes
from schema.files import file_routes
from schema.http import graphql_routes
from schema.prints import print_routes
from schema.schema import build_installed
from schema.sql.front import FromPlans
from tenants.oauth.routes import SignInConfig, oauth_routes, sign_in_middleware

log = structlog.get_logger("recobro")
CHANNELS = ("recobro_jobs", "recobro_events", "recobro_progress", "recobro_plugins")


@dataclass(frozen=True, slots=True)
class Tasks:
    """Whether this process also relays and works the jobs; who works keeps the schedule, too."""

    relay: bool
    work: bool


def load_plugins(settings: Settings, found: Iterable[EntryPoint] | None = None) -> None:
    """Load the plugins that are installed, or those `found` instead. Raises: PluginLoadError in strict mode."""
    host.load(
        allowed=settings.plugins, strict=settings.plugins_strict, found=found, memory_bytes=settings.plugin_memory_bytes
    )


def build_app(settings: Settings, app_url: str, *, plugins: Iterable[EntryPoint] | None = None) -> ASGIApp:
    """The application over an upgraded database. `app_url` is the login role's address; `plugins` are those to load
    instead of the installed ones."""
    load_plugins(settings, plugins)
    development = settings.environment == "development"
    sign_in = SignInConfig(issuer=settings.issuer, production=not development)
    schema = build_installed(introspection=development)
    routes: list[BaseRoute] = [
        Route("/health", _health),
        Route("/ready", _ready),
        *graphql_routes(schema),
        *callback_routes(),
        *file_routes(max_upload_bytes=settings.max_upload_bytes),
        *print_routes(),
        *oauth_routes(sign_in),
    ]
    if development:
        from recobro.explorer import explorer_routes

        routes += [Route("/", _to_explorer), *explorer_routes()]

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        queue = queue_of(settings, app_url)
        here = settings.redis_url is None and settings.worker_in_process
        async with running(settings, app_url, queue, Tasks(relay=True, work=here)):
            # What the program is made of stays as long as it lives: no collection looks through it again.
            gc.collect()
            gc.freeze()
            yield

    middleware: list[Middleware] = [*sign_in_middleware(sign_in)]
    app = Starlette(debug=False, routes=routes, middleware=middleware, lifespan=lifespan)
    return FromPlans(app, schema)


@contextlib.asynccontextmanager
async def running(
    settings: Settings, app_url: str, queue: Queue, tasks: Tasks, patience: Patience = PATIENCE
) -> AsyncGenerator[None]:
    """The pool, the listener and the background tasks of one process, whose plugins are loaded; they end with it."""
    jobs_registry.load()
    listener = Listener(app_url, CHANNELS)
    async with opened(settings, app_url):
        await withdraw_everywhere()
        listen.use(listener)
        jobs: list[Coroutine[Any, Any, None]] = [listener.run(), end_idle(), follow()]
        if tasks.relay:
            jobs.append(relay.relay(queue, patience))
        if tasks.work:
            jobs += [worker.work(queue, patience), Schedule().keep()]
        background = [asyncio.create_task(job) for job in jobs]
        try:
            yield
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await queue.lost()
            listen.use(None)
            await host.close()


async def _health(_: Request) -> Response:
    """The process lives. Says nothing about the database, so that a restart of that does not restart this."""
    return JSONResponse({"status": "ok"})


async def _ready(_: Request) -> Response:
    """The process can work: the database answers within a second."""
    try:
        async with asyncio.timeout(1), db.current().unscoped() as connection:
            await connection.fetchval("SELECT 1")
    except Exception as problem:
        log.warning("not ready", problem=repr(problem))
        return JSONResponse({"status": "the database does not answer"}, status_code=503)
    return JSONResponse({"status": "ok", "plugins": host.health()})


async def _to_explorer(_: Request) -> Response:
    return RedirectResponse("/explorer")
