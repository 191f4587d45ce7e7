"""What a plugin gets from the host: everything it may touch, bound to one agency, and never a database connection."""

from __future__ import annotations

from datetime import datetime
from socket import socket
from typing import Protocol, TypeAlias, runtime_checkable

import httpx
from pydantic import JsonValue

from recobro_sdk.tables import PluginTables

JsonObject: TypeAlias = dict[str, JsonValue]
"""A JSON document. Amounts in it are integers of minor units."""


@runtime_checkable
class PluginClock(Protocol):
    """The time, which tests can set."""

    def now(self) -> datetime:
        """This moment, aware, in UTC."""
        ...


@runtime_checkable
class PluginLog(Protocol):
    """A structured log that the host labels with plugin, agency and correlation id, and redacts.

    Redaction is a net, not a licence: a plugin writes no document number, name, secret or answer of a provider.
    """

    def info(self, event: str, /, **fields: JsonValue) -> None:
        """Something worth counting. `event` is a constant in `snake_case`; what varies goes into fields."""
        ...

    def warning(self, event: str, /, **fields: JsonValue) -> None:
        """Something an operator may want to look at."""
        ...

    def error(self, event: str, /, **fields: JsonValue) -> None:
        """Something an operator has to look at."""
        ...


@runtime_checkable
class PluginStore(Protocol):
    """Small JSON documents of this plugin for this agency; another plugin or agency can neither read nor guess them.

    Keys are 1 to 200 characters of `A-Za-z0-9._:-`. A document is at most 4 MiB of JSON.
    """

    async def get(self, key: str) -> JsonObject | None:
        """The document, or None."""
        ...

    async def put(self, key: str, document: JsonObject) -> None:
        """Store the document, replacing one that is there."""
        ...

    async def add(self, key: str, document: JsonObject) -> bool:
        """Store the document unless one is there; True when this call stored it. Atomic, so two racing calls agree."""
        ...

    async def delete(self, key: str) -> None:
        """Remove the document; removing what is not there is no error."""
        ...


@runtime_checkable
class PluginContext(Protocol):
    """One agency's view of the host, handed to `Offer.build`."""

    @property
    def agency(self) -> str:
        """Which agency this is, as an opaque text that never changes."""
        ...

    @property
    def http(self) -> httpx.AsyncClient:
        """The way out for HTTP: reaches the hosts of the manifest's `http:` scopes, any other raises `HostNotAllowed`.

        The host owns it: a plugin does not close it.
        """
        ...

    async def connect(self, host: str, port: int) -> socket:
        """A TCP connection to a host of the manifest's `sftp:` scopes, for a library that speaks over it.

        It is connected and does not block; the plugin closes it. There is no other way out for what is not HTTP: a
        library that opens connections by itself is given this one. Raises `HostNotAllowed`, `ProviderTimeout` (after
        10 seconds) and `ProviderUnavailable`.
        """
        ...

    @property
    def clock(self) -> PluginClock:
        """The time."""
        ...

    @property
    def log(self) -> PluginLog:
        """The log."""
        ...

    @property
    def store(self) -> PluginStore:
        """The documents."""
        ...

    @property
    def tables(self) -> PluginTables:
        """The plugin's own tables."""
        ...
