"""Before anything is measured: everybody answers the same, nobody another agency, and a payment is booked right."""

import json
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

from bench.ask import ask, cursor, data
from bench.candidates import Json
from bench.cases import Case, Reference, others, payment
from bench.database import Stage
from bench.servers import Server

SAMPLE = 30
_BOOKS = """
SELECT d.balance_minor,
  (SELECT sum(c.balance_minor) FROM debt_component c WHERE c.agency_id = d.agency_id AND c.debt_id = d.id),
  (SELECT count(*) FROM debt_movement v JOIN payment p ON p.agency_id = v.agency_id AND p.id = v.source_id
    WHERE p.agency_id = d.agency_id AND p.idempotency_key = %(key)s AND v.delta_minor = -100),
  (SELECT count(*) FROM payment_allocation a JOIN payment p ON p.agency_id = a.agency_id AND p.id = a.payment_id
    WHERE p.agency_id = d.agency_id AND p.idempotency_key = %(key)s AND a.amount_minor = 100)
FROM debt d WHERE d.agency_id = %(agency)s AND d.id = %(debt)s
"""


class Differs(RuntimeError):
    """A server answers something else than the first one: there is nothing to measure."""


def check(servers: Sequence[Server], stage: Stage, cases: dict[str, list[Case]], workloads: Sequence[str]) -> int:
    """Returns how many answers were compared. Raises: Differs."""
    compared = 0
    for workload in (one for one in ("W1", "W2", "W3") if one in workloads):
        for case in cases[workload][:SAMPLE]:
            compared += _same(servers, stage, workload, case)
    for server in servers:
        for workload in (one for one in ("W2", "W3") if one in workloads):
            for case in cases[workload][:5]:
                _walled(server, stage, workload, case)
        if "W4" in workloads:
            _booked(server, stage, cases["W4"])
    return compared


def _same(servers: Sequence[Server], stage: Stage, workload: str, case: Case) -> int:
    wanted: list[Json] | None = None
    for server in servers:
        answer = ask(server, stage, workload, case)
        found = [data(server, workload, answer)]
        if workload == "W1" and (after := cursor(server, answer)):
            found.append(
                data(
                    server,
                    workload,
                    ask(server, stage, workload, Case(case.agency, {**case.variables, "after": after})),
                )
            )
        if wanted is None:
            wanted = found
        elif found != wanted:
            raise Differs(
                f"{workload}: {server.candidate.name} answers {case.variables}\nwith {json.dumps(found)[:3000]}\n"
                f"{servers[0].candidate.name} with {json.dumps(wanted)[:3000]}\n"
                f"first difference: {_first(found, wanted)}"
            )
    return len(servers)


def _first(found: Any, wanted: Any, path: str = "") -> str:
    if isinstance(found, dict) and isinstance(wanted, dict):
        pairs = [(f"{path}.{name}", found.get(name), wanted.get(name)) for name in {**found, **wanted}]
    elif isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        pairs = [(f"{path}[{n}]", one, other) for n, (one, other) in enumerate(zip(found, wanted, strict=True))]
    else:
        return f"{path}: {found!r} is not {wanted!r}"
    return next((_first(one, other, place) for place, one, other in pairs if one != other), "none")


def _walled(server: Server, stage: Stage, workload: str, case: Case) -> None:
    """Another agency sees nothing of this one."""
    for agency in others(stage, case.agency):
        answer = ask(server, stage, workload, case, agency=agency)
        # What may not be null is refused instead, as if it did not exist.
        found = answer["data"] if answer.get("errors") else data(server, workload, answer)
        if _says_something(found):
            raise Differs(f"{workload}: {server.candidate.name} shows one agency's data to another: {found}")


def _says_something(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_says_something(inner) for inner in value.values())
    return bool(value)


def _booked(server: Server, stage: Stage, cases: Sequence[Case]) -> None:
    """A payment lowers the balance once, however often it is sent; another agency cannot pay for the debt."""
    where: Reference = cases[hash(server.candidate.name) % len(cases)].variables["input"]["debtId"]
    agency = next(case.agency for case in cases if case.variables["input"]["debtId"] == where)
    key = f"check-{server.candidate.name}-{time.time_ns()}"
    case = payment(agency, where.value, key)
    before = _books(stage, agency, where.value, key)
    stranger = ask(server, stage, "W4", payment(agency, where.value, f"{key}-x"), agency=others(stage, agency)[0])
    if not stranger.get("errors") and _paid(server, stranger)["payment"]:
        raise Differs(f"W4: {server.candidate.name} lets an agency pay for another one's debt: {stranger}")
    first = _paid(server, ask(server, stage, "W4", case))
    second = _paid(server, ask(server, stage, "W4", case))
    after = _books(stage, agency, where.value, key)
    if (
        after != (before[0] - 100, before[1] - 100, 1, 1)
        or (first["replayed"], second["replayed"]) != (False, True)
        or (first["payment"], first["debt"]) != (second["payment"], second["debt"])
        or first["debt"]["balance"]["minorUnits"] != str(after[0])
        or first["errors"]
    ):
        raise Differs(f"W4: {server.candidate.name} books wrong: {before} {after} {first} {second}")


def _paid(server: Server, answer: Json) -> Json:
    found: Json = data(server, "W4", answer)["paymentRecord"]
    return found


def _books(stage: Stage, agency: UUID, debt: UUID, key: str) -> tuple[int, int, int, int]:
    with psycopg.connect(stage.owner) as connection:
        row = connection.execute(_BOOKS, {"agency": agency, "debt": debt, "key": key}).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2]), int(row[3])
