"""What every offer has to pass, whatever its contract."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Final, Generic, TypeVar

import pluggy
from pydantic import SecretStr

from recobro_sdk.hooks import CONTRACTS, HookSpecs
from recobro_sdk.manifest import PluginManifest
from recobro_sdk.offers import Offer, release
from recobro_sdk.table_rules import SCOPE
from recobro_sdk.tables import TableShape
from recobro_sdk.testing import seal
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.egress import LOOPBACK, Connections, watched
from recobro_sdk.testing.running import run_bounded, tasks_left, threads_left
from recobro_sdk.testing.servers.base import FakeServer

T = TypeVar("T")
R = TypeVar("R")

_SERVERS: Final[dict[type, FakeServer]] = {}
_MANAGERS: Final[dict[ModuleType, pluggy.PluginManager]] = {}


class Kit(Generic[T]):
    """What the kits are made of: finding the offer, building it for an agency, running it. It has no check."""

    plugin: ClassVar[ModuleType]
    settings: ClassVar[Mapping[str, object]] = {}
    offer_code: ClassVar[str | None] = None
    server: ClassVar[type[FakeServer] | None] = None
    tables: ClassVar[Sequence[TableShape]] = ()
    patience_s: ClassVar[float] = 10.0

    hook: ClassVar[str] = ""
    protocol: ClassVar[Any] = None

    def __init_subclass__(cls, *, inputs: tuple[str, ...] = ()) -> None:
        super().__init_subclass__()
        if cls.__module__.startswith("recobro_sdk.testing."):
            seal.seal(cls, inputs)
            return
        broken = seal.broken(cls)
        if broken:
            raise TypeError(f"{cls.__name__} replaces or hides parts of the kit: {', '.join(broken)}")

    def __setattr__(self, name: str, value: object) -> None:
        if seal.is_sealed(type(self), name):
            raise TypeError(f"{type(self).__name__} replaces a part of the kit: {name}")
        super().__setattr__(name, value)

    def hooks(self) -> Any:
        """The plugin's hooks, registered as a host does, once for each plugin."""
        if self.plugin not in _MANAGERS:
            manager = pluggy.PluginManager("recobro")
            manager.add_hookspecs(HookSpecs)
            manager.register(self.plugin)
            manager.check_pending()
            _MANAGERS[self.plugin] = manager
        return _MANAGERS[self.plugin].hook

    def manifest(self) -> PluginManifest:
        """The plugin's manifest."""
        return self.hooks().recobro_manifest()[0]

    def offer(self) -> Offer[T]:
        """The offer under test."""
        # An extension carries its offer.
        offers = [getattr(one, "offer", one) for group in getattr(self.hooks(), self.hook)() for one in group]
        chosen = [offer for offer in offers if self.offer_code in (None, offer.code)]
        assert len(chosen) == 1, f"set offer_code to one of {[offer.code for offer in offers]}"
        return chosen[0]

    def fake(self) -> FakeServer | None:
        """The kit's own server for this class, started with its first check; None without `server`."""
        if self.server is None:
            return None
        if type(self) not in _SERVERS:
            _SERVERS[type(self)] = self.server().start()
        return _SERVERS[type(self)]

    def given(self) -> dict[str, object]:
        """The raw settings of the test, with the address and key of the kit's server where there is one."""
        fake = self.fake()
        if fake is None:
            return dict(self.settings)
        known = self.offer().settings.model_fields
        return {name: value for name, value in fake.settings().items() if name in known} | dict(self.settings)

    def package(self) -> Path:
        """The folder of the plugin's package."""
        assert self.plugin.__file__ is not None, "the plugin has no files"
        return Path(self.plugin.__file__).parent

    def package_name(self) -> str:
        """The importable package at the top of the plugin."""
        return self.plugin.__name__.partition(".")[0]

    def hosts(self, scheme: str = "http") -> frozenset[str]:
        """Hosts that the manifest declares, as far as a test may reach them."""
        return self.manifest().allowed_hosts(self.offer().parse_settings(self.given()), scheme) & LOOPBACK

    def goes_out(self) -> bool:
        """Whether the manifest asks for any host of this offer: only then is there a provider that can fail."""
        manifest, parsed = self.manifest(), self.offer().parse_settings(self.given())
        return any(manifest.allowed_hosts(parsed, scheme) for scheme in ("http", "sftp"))

    def run(
        self,
        scenario: Callable[[T, FakeContext], Awaitable[R]],
        *,
        offline: bool = False,
        agency: str = "agency-1",
        seen: Seen | None = None,
    ) -> R:
        """Build the offer for a fresh agency, run `scenario`, close the offer; at most `patience_s`."""
        noted = seen if seen is not None else Seen()
        hosts, sockets, values, offer = self.hosts(), self.hosts("sftp"), self.given(), self.offer()

        async def body() -> R:
            before = asyncio.all_tasks()
            async with FakeContext(
                agency=agency, offline=offline, hosts=hosts, sockets=sockets, tables=self.tables
            ) as context:
                noted.context = context
                context.tables.granted = any(scope.code == SCOPE for scope in self.manifest().scopes)
                service = offer.create(values, context)
                try:
                    return await scenario(service, context)
                except NotImplementedError as error:
                    raise seal.NotWritten(f"not written yet: {error}") from error
                finally:
                    await release(service)
                    noted.tasks = await tasks_left(before) if seen is not None else []

        threads = set(threading.enumerate())
        with watched() as connections:
            noted.connections = connections
            try:
                return run_bounded(body(), self.patience_s)
            finally:
                noted.threads = threads_left(threads) if seen is not None else []

    def secret_values(self) -> list[str]:
        """The secrets among the test's settings."""
        parsed = self.offer().parse_settings(self.given())
        return [value.get_secret_value() for _, value in parsed if isinstance(value, SecretStr)]


seal.seal(Kit, ("plugin", "settings", "offer_code", "server", "tables", "patience_s"))


class Seen:
    """What was left or seen by a run, beside its result."""

    def __init__(self) -> None:
        self.context: FakeContext | None = None
        self.connections: Connections = Connections()
        self.tasks: list[str] = []
        self.threads: list[str] = []


def capability_of(hook: str) -> object:
    """The capability that a hook's offers need in the manifest."""
    return next(contract.capability for contract in CONTRACTS if contract.hook == hook)


def assert_not_in(forbidden: list[str], text: str, where: str) -> None:
    """Fail, without repeating the text, when one of the forbidden values is in it."""
    for position, value in enumerate(forbidden):
        assert value not in text, f"{where} contains personal data or a secret (value {position})"


def is_plain(function: object) -> bool:
    """Whether something is a plain function without parameters that are required."""
    if not callable(function) or inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return False
    return all(
        one.default is not inspect.Parameter.empty
        or one.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        for one in inspect.signature(function).parameters.values()
    )
