"""`serve` and `worker`: the two programs of an installation."""

import asyncio
import contextlib
import signal
import sys
from typing import Annotated

import typer
import uvicorn

from recobro import demo
from recobro.app import Tasks, build_app, running
from recobro.cli.common import console
from recobro.logs import set_up_logs
from recobro.queue import Queue
from recobro.runtime import addresses
from recobro.settings import Settings, settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    demo_data: Annotated[bool, typer.Option("--demo/--no-demo", help="Load demo data into a new embedded database.")] = True,
) -> None:
    """Serve the API (and, without a Redis of its own, work the jobs)."""
    given = {key: value for key, value in {"host": host, "port": port}.items() if value is not None}
    chosen = settings().model_copy(update=given)
    set_up_logs(chosen)
    with addresses(chosen) as found:
        if chosen.embedded and chosen.environment == "development" and demo_data:
            demo.load_if_new(chosen, found.app)
        _serve(chosen, found.app)


def _serve(chosen: Settings, app_url: str) -> None:
    config = uvicorn.Config(
        build_app(chosen, app_url),
        host=chosen.host,
        port=chosen.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=chosen.environment == "production",
        timeout_graceful_shutdown=5,
        ws="websockets-sansio",
    )
    server = uvicorn.Server(config)
    if chosen.environment == "development":
        config.callback_notify = None
        announce = demo.announcement(chosen)
        started = server.startup

        async def startup(sockets: list[object] | None = None) -> None:
            await started(sockets)  # pyright: ignore[reportArgumentType]
            if server.started:
                console.print(announce)

        server.startup = startup  # pyright: ignore[reportAttributeAccessIssue]
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(1)


def worker() -> None:
    """Work the jobs of an installation that has a Redis (RECOBRO_REDIS_URL)."""
    chosen = settings()
    set_up_logs(chosen)
    if chosen.redis_url is None:
        console.print("[red]error:[/] RECOBRO_REDIS_URL is not set; without it `serve` works the jobs itself.")
        sys.exit(1)
    with addresses(chosen, migrate=False) as found:
        asyncio.run(_work(chosen, found.app))


async def _work(chosen: Settings, app_url: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(chosen, app_url, Queue(chosen, app_url), Tasks(relay=True, work=True)):
        console.print("working; Ctrl-C ends it")
        await stop.wait()
