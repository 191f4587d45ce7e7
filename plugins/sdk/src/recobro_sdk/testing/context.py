"""A host small enough for a test: real HTTP to loopback, a clock that stands still, and nothing hidden."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from types import TracebackType
from typing import Final, Self

import httpx
from pydantic import JsonValue

from recobro_sdk.context import JsonObject
from recobro_sdk.egress import AllowListTransport
from recobro_sdk.tables import TableShape
from recobro_sdk.testing.egress import LOOPBACK
from recobro_sdk.testing.faults import Fault, WatchedTransport
from recobro_sdk.testing.sockets import WatchedSockets
from recobro_sdk.testing.tables import FakeTables

_KEY: Final = re.compile(r"[A-Za-z0-9._:-]{1,200}")


class FakeClock:
    """A clock that moves only when told."""

    def __init__(self, moment: datetime = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """The moment it was set to, aware UTC."""
        return self._moment

    def advance(self, by: timedelta) -> None:
        """Move forward."""
        self._moment += by


class FakeStore:
    """Documents in memory. Keeps text, so that what is not JSON fails and nobody shares an object with the store."""

    def __init__(self) -> None:
        self.documents: dict[str, str] = {}

    async def get(self, key: str) -> JsonObject | None:
        """The document, or None."""
        text = self.documents.get(await self._checked(key))
        return None if text is None else json.loads(text)

    async def put(self, key: str, document: JsonObject) -> None:
        """Store, replacing."""
        self.documents[await self._checked(key)] = json.dumps(document, allow_nan=False)

    async def add(self, key: str, document: JsonObject) -> bool:
        """Store unless there; True when stored."""
        text, place = json.dumps(document, allow_nan=False), await self._checked(key)
        if place in self.documents:
            return False
        self.documents[place] = text
        return True

    async def delete(self, key: str) -> None:
        """Remove."""
        self.documents.pop(await self._checked(key), None)

    @staticmethod
    async def _checked(key: str) -> str:
        if _KEY.fullmatch(key) is None:
            raise ValueError("malformed store key")
        # A real store waits for its database; without a wait here, cancellation and races would go untested.
        await asyncio.sleep(0)
        return key


class FakeLog:
    """Keeps every record as `(level, event, fields)`, unredacted: what a host would redact is what a test must see."""

    def __init__(self) -> None:
        self.records: list[tuple[str, str, dict[str, JsonValue]]] = []

    def info(self, event: str, /, **fields: JsonValue) -> None:
        """Keep."""
        self.records.append(("info", event, fields))

    def warning(self, event: str, /, **fields: JsonValue) -> None:
        """Keep."""
        self.records.append(("warning", event, fields))

    def error(self, event: str, /, **fields: JsonValue) -> None:
        """Keep."""
        self.records.append(("error", event, fields))


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@cache
def _trust() -> ssl.SSLContext:
    # Made once: reading the machine's certificates takes longer than most checks.
    return ssl.create_default_context()


class FakeContext:
    """A `PluginContext` for tests; use it as `async with FakeContext() as context`.

    The HTTP client reaches `hosts` and nothing else, `connect` likewise `sockets`; with `offline=True` not even those.
    `wire` keeps what was sent and makes answers go wrong, connections included. While it is open it also keeps what is
    written to the standard `logging` of any library, see `logged_text`. `tables` are those that the plugin's
    revisions make.
    """

    def __init__(
        self,
        *,
        agency: str = "agency-1",
        offline: bool = False,
        hosts: Iterable[str] = LOOPBACK,
        sockets: Iterable[str] = LOOPBACK,
        tables: Iterable[TableShape] = (),
    ) -> None:
        self.agency: str = agency
        self.clock: FakeClock = FakeClock()
        self.log: FakeLog = FakeLog()
        self.store: FakeStore = FakeStore()
        self.tables: FakeTables = FakeTables(tables, self.clock.now)
        self.wire: WatchedTransport = WatchedTransport(
            AllowListTransport(hosts, httpx.AsyncHTTPTransport(verify=_trust()))
        )
        self.wire.always = Fault.UNREACHABLE if offline else None
        self.http: httpx.AsyncClient = httpx.AsyncClient(transport=self.wire, trust_env=False)
        self._sockets = WatchedSockets(self.wire, sockets)
        self._lines = _Lines()
        self._level = logging.WARNING

    async def connect(self, host: str, port: int) -> socket.socket:
        """A connection to one of `sockets`, or what `wire` makes of it."""
        return await self._sockets.connect(host, port)

    def logged_text(self) -> str:
        """Everything logged so far, through the plugin's log or any other, in one text."""
        return "\n".join([*self._lines.lines, *(repr(record) for record in self.log.records)])

    async def __aenter__(self) -> Self:
        root = logging.getLogger()
        self._level = root.level
        root.setLevel(logging.DEBUG)
        root.addHandler(self._lines)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        root = logging.getLogger()
        root.removeHandler(self._lines)
        root.setLevel(self._level)
        await self._sockets.close()
        await self.http.aclose()
