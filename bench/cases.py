"""The requests of each workload, in terms of UUIDs: which agency asks, with which variables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from bench.candidates import Candidate
from bench.database import ZONE, Stage
from bench.workloads import KEY, PAGE, RANGES
from core.kit import clock

BUSY, PAYABLE = 2_000, 20_000


@dataclass(frozen=True)
class Case:
    """`variables` hold UUIDs where a candidate has ids of its own form."""

    agency: UUID
    variables: dict[str, Any]

    def for_(self, candidate: Candidate) -> dict[str, Any]:
        return {name: _told(candidate, value) for name, value in self.variables.items()}


@dataclass(frozen=True)
class Reference:
    """An id of some kind, before a candidate has given it its form."""

    prefix: str
    value: UUID


def _told(candidate: Candidate, value: Any) -> Any:
    if isinstance(value, Reference):
        return candidate.identity(value.prefix, value.value)
    if isinstance(value, dict):
        return {name: _told(candidate, inner) for name, inner in value.items()}
    return value


def cases(stage: Stage) -> dict[str, list[Case]]:
    """By workload; every candidate is asked the same."""
    found = {
        "W1": [
            Case(agency, {"stage": name, "from": least, "to": most, "first": PAGE})
            for agency in stage.tokens
            for name, ranges in RANGES.items()
            for least, most in ranges
        ]
    }
    with psycopg.connect(stage.owner) as connection:
        busy = connection.execute(
            "SELECT agency_id, debt_id FROM payment GROUP BY 1, 2 HAVING count(*) >= 20 "
            "ORDER BY md5(debt_id::text) LIMIT %s",
            [BUSY],
        ).fetchall()
        creditors = connection.execute("SELECT agency_id, id FROM creditor ORDER BY md5(id::text)").fetchall()
        payable = connection.execute(
            "SELECT agency_id, id FROM debt WHERE balance_minor > 1000000 ORDER BY md5('x' || id::text) LIMIT %s",
            [PAYABLE],
        ).fetchall()
    found["W2"] = [Case(agency, {"id": Reference("debt", debt)}) for agency, debt in busy]
    found["W3"] = found["W3W"] = [
        Case(agency, {"id": Reference("creditor", creditor)}) for agency, creditor in creditors
    ]
    found["W4"] = [payment(agency, debt, KEY) for agency, debt in payable]
    return found


def payment(agency: UUID, debt: UUID, key: str) -> Case:
    """100 minor units for a debt, today."""
    given = {
        "debtId": Reference("debt", debt), "amount": {"minorUnits": "100", "currency": "COP"},
        "paidOn": clock.today(ZONE).isoformat(), "method": "TRANSFER", "idempotencyKey": key,
    }  # fmt: skip
    return Case(agency, {"input": given})


def others(stage: Stage, agency: UUID) -> Sequence[UUID]:
    return [other for other in stage.tokens if other != agency]
