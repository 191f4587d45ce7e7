"""`serve` and `worker`: the two programs of an installation."""

import asyncio
import contextlib
import errno
import signal
import socket
import sys
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recobro.settings import Settings, SettingsError, settings

if TYPE_CHECKING:
    import uvicorn


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 for a free one.")] = None,
    demo_data: Annotated[
        bool, typer.Option("--demo/--no-demo", help="Load demo data into a new embedded database.")
    ] = True,
) -> None:
    """Serve the API (and, without a Redis of its own, work the jobs)."""
    given = {key: value for key, value in {"host": host, "port": port}.items() if value is not None}
    chosen = Settings.read(**given)
    with _ended_by_signals(), contextlib.ExitStack() as stack:
        # What cannot go well is told before anything else is begun.
        sockets = stack.enter_context(_bound(chosen))
        chosen = chosen.model_copy(update={"port": sockets[0].getsockname()[1]})
        chosen.issuer  # noqa: B018 - it is refused here, if it is

        from recobro.runtime import addresses

        found = stack.enter_context(addresses(chosen, apart=True))
        _serve(chosen, found.app, sockets, demo_data=demo_data)


@contextlib.contextmanager
def _ended_by_signals() -> Generator[None]:
    """SIGTERM unwinds the program as Ctrl-C does, so that what it started is stopped; both are a good end."""

    def end(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    with contextlib.suppress(KeyboardInterrupt):
        yield


@contextlib.contextmanager
def _bound(chosen: Settings) -> Generator[list[socket.socket]]:
    """Sockets on the addresses of the host: taken now, listened to when all is ready. Raises: SettingsError."""
    with contextlib.ExitStack() as stack:
        try:
            found = [stack.enter_context(taken) for taken in _bind(chosen)]
        except OSError as problem:
            raise _refusal(chosen, problem) from problem
        yield found


def _bind(chosen: Settings) -> list[socket.socket]:
    found: list[socket.socket] = []
    missing: OSError | None = None
    known = socket.getaddrinfo(chosen.host, chosen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, kind, protocol, _, address in dict.fromkeys(known):
        try:
            taken = socket.socket(family, kind, protocol)
            _take(taken, address)
        except OSError as problem:
            # A name may have an address of a family that this machine does not have.
            if problem.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                raise
            missing = problem
        else:
            found.append(taken)
            if chosen.port == 0:
                break
    if missing is not None and not found:
        raise missing
    return found


def _take(taken: socket.socket, address: Any) -> None:
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if taken.family == socket.AF_INET6:
        taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    taken.bind(address)
    taken.set_inheritable(False)


def _refusal(chosen: Settings, problem: OSError) -> SettingsError:
    if problem.errno == errno.EADDRINUSE:
        return SettingsError(
            f"Port {chosen.port} of {chosen.host} is taken: stop what listens there, or choose another one with "
            "--port or RECOBRO_PORT."
        )
    return SettingsError(
        f"RECOBRO_HOST, RECOBRO_PORT: cannot listen on {chosen.host}, port {chosen.port}: {problem.strerror}."
    )


def _serve(chosen: Settings, app_url: str, sockets: Sequence[socket.socket], *, demo_data: bool) -> None:
    from recobro.app import build_app

    development, announcement = chosen.environment == "development", None
    if chosen.plugins_strict:
        from core.plugin_host import host

        host.load(allowed=chosen.plugins, strict=True)
    if development:
        from recobro import demo

        if chosen.embedded and demo_data:
            demo.load_if_new(chosen, app_url)
        announcement = demo.announcement(chosen)
    config = server_config(chosen, build_app(chosen, app_url))
    server = _announcing(config, announcement or f"Recobro serves {chosen.issuer}")
    try:
        # Here and not by uvloop, which does not notice that somebody else has begun to listen meanwhile.
        for taken in sockets:
            taken.listen(config.backlog)
    except OSError as problem:
        raise _refusal(chosen, problem) from problem
    server.run(sockets=list(sockets))
    if not server.started:
        sys.exit(1)


def server_config(chosen: Settings, app: Any) -> "uvicorn.Config":
    """How uvicorn serves. Who asks, and over what, is taken from headers only where a proxy that is trusted says it."""
    import uvicorn

    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(chosen.trusted_proxies),
        forwarded_allow_ips=list(chosen.trusted_proxies),
        timeout_graceful_shutdown=5,
        ws="websockets-sansio",
    )


def _announcing(config: "uvicorn.Config", announcement: Any) -> "uvicorn.Server":
    """A server that says so when it serves."""
    import uvicorn

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if isinstance(announcement, str):
                sys.stdout.write(f"{announcement}\n")
            else:
                # rich is the demo's: a server that is no demo does without it.
                from recobro.cli.common import console

                console.print(announcement)
            sys.stdout.flush()

    return Announcing(config)


def worker() -> None:
    """Work the jobs of an installation that has a Redis (RECOBRO_REDIS_URL)."""
    chosen = settings()
    if chosen.redis_url is None:
        raise SettingsError("RECOBRO_REDIS_URL is not set; without it `serve` works the jobs itself.")

    from recobro.runtime import addresses

    with _ended_by_signals(), addresses(chosen, migrate=False, newest=True, apart=True) as found:
        asyncio.run(_work(chosen, found.app))


async def _work(chosen: Settings, app_url: str) -> None:
    from recobro.app import Tasks, load_plugins, running
    from recobro.queue import queue_of

    load_plugins(chosen)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(chosen, app_url, queue_of(chosen, app_url), Tasks(relay=True, work=True)):
        sys.stdout.write("working; Ctrl-C ends it\n")
        sys.stdout.flush()
        await stop.wait()
