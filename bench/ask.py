"""One request to one server, and its answer in a form that all servers share."""

import json
import re
import urllib.error
import urllib.request
from datetime import datetime
from typing import Any
from uuid import UUID

from bench.candidates import Json
from bench.cases import Case
from bench.database import Stage
from bench.limit.ids import uuid_of
from bench.servers import Server

_PUBLIC = re.compile(r"[a-z_]+_[0-7][0-9a-hjkmnp-tv-z]{25}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_LEFT_OUT = ("endCursor", "__typename")


def ask(server: Server, stage: Stage, workload: str, case: Case, *, agency: UUID | None = None) -> Json:
    """The answer as it came, for the case's agency or for another one. Raises: RuntimeError."""
    name, value = server.candidate.headers(stage, agency or case.agency)
    body = server.candidate.body(workload, agency or case.agency, case.for_(server.candidate))
    request = urllib.request.Request(
        f"{server.address}/graphql", body.encode(), {"content-type": "application/json", name: value}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: Json = json.loads(answer.read())
    except urllib.error.HTTPError as problem:
        raise RuntimeError(f"{server.candidate.name}, {workload}: {problem.code} {problem.read()[:600]!r}") from problem
    return found


def data(server: Server, workload: str, answer: Json) -> Json:
    """What everybody would answer. Raises: RuntimeError for errors of the operation."""
    if answer.get("errors"):
        raise RuntimeError(f"{server.candidate.name}, {workload}: {json.dumps(answer['errors'])[:600]}")
    found: Json = plain(server.candidate.answer(workload, answer["data"]))
    return found


def cursor(server: Server, answer: Json) -> str | None:
    """The end of the page of a worklist; none where no more follows."""
    page = server.candidate.answer("W1", answer["data"])["debts"]["pageInfo"]
    return page["endCursor"] if page["hasNextPage"] else None


def plain(value: Any) -> Any:
    """Public ids as UUIDs, numbers as text, instants as seconds; cursors are each server's own."""
    if isinstance(value, dict):
        if set(value) == {"nodes"}:
            return plain(value["nodes"])
        return {name: plain(inner) for name, inner in value.items() if name not in _LEFT_OUT}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    if not isinstance(value, str):
        return str(value)
    if _PUBLIC.fullmatch(value):
        return str(uuid_of(value))
    return datetime.fromisoformat(value).timestamp() if _INSTANT.match(value) else value
