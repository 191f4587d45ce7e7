"""What this process says to PostgreSQL, heard where the driver sends it: one entry for each message that is answered."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from asyncpg.protocol import protocol

from core.kit.scope import Audience

PREPARED = "Parse: "
_OURS = (Audience.AGENCY.value, Audience.CREDITOR.value)
_BEGINS = re.compile(r"BEGIN.*SET LOCAL ROLE (\w+)", re.DOTALL)
_JOB = re.compile(r"\b(UPDATE|FROM) job\b")
_BINDS = ("SET ROLE", "SET app.")
_BESIDE = ("pg_notify(", "RESET ROLE", "LISTEN ", "UNLISTEN ", "pg_advisory", "pg_catalog.pg_type")


@dataclass
class Heard:
    """`all` messages, and of them `messages` of the callers, in the order in which they were sent. What the program does beside (relay, tokens, notifications, a
    new connection's look at its types) is known by its SQL and left out: transactions of a role that no caller has.

    `disturbed`: a job ran meanwhile, as the agency whose it is: nobody can tell its statements from a caller's."""

    all: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    disturbed: bool = False
    _beside: set[int] = field(default_factory=set)
    _within: set[int] = field(default_factory=set)

    def say(self, connection: object, sql: str) -> None:
        self.all.append(sql)
        begins, ends = _BEGINS.match(sql), sql in ("COMMIT", "ROLLBACK")
        self.disturbed |= ends and id(connection) not in self._within
        self.disturbed |= bool(begins and begins[1] in _OURS and "READ WRITE" in sql) or bool(_JOB.search(sql))
        if begins:
            self._within.add(id(connection))
        elif ends:
            self._within.discard(id(connection))
        if begins and begins[1] not in _OURS:
            self._beside.add(id(connection))
        elif id(connection) in self._beside:
            if ends:
                self._beside.discard(id(connection))
        elif not any(word in sql for word in _BESIDE):
            self.messages.append(sql)

    @property
    def statements(self) -> list[str]:
        """What was asked for, each once, however many messages it took."""
        found: list[str] = []
        for sql in self.messages:
            if sql.startswith(_BINDS):
                continue
            bare = sql.removeprefix(PREPARED)
            if not (found and found[-1] == bare):
                found.append(bare)
        return found

    @property
    def bindings(self) -> list[str]:
        return [sql for sql in self.messages if sql.startswith(_BINDS)]


@contextmanager
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """Everything that any connection of this process sends while the block lasts."""
    heard, kind = Heard(), protocol.Protocol
    query, prepare, bind, many = kind.query, kind.prepare, kind.bind_execute, kind.bind_execute_many

    def queried(self: Any, sql: str, timeout: Any) -> Any:
        heard.say(self, sql)
        return query(self, sql, timeout)

    def prepared(self: Any, name: str, sql: str, timeout: Any, **options: Any) -> Any:
        heard.say(self, f"{PREPARED}{sql}")
        return prepare(self, name, sql, timeout, **options)

    def executed(self: Any, state: Any, *args: Any, **options: Any) -> Any:
        heard.say(self, state.query)
        return bind(self, state, *args, **options)

    def executed_many(self: Any, state: Any, *args: Any, **options: Any) -> Any:
        heard.say(self, state.query)
        return many(self, state, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(kind, "query", queried, raising=False)
        patch.setattr(kind, "prepare", prepared, raising=False)
        patch.setattr(kind, "bind_execute", executed, raising=False)
        patch.setattr(kind, "bind_execute_many", executed_many, raising=False)
        yield heard
