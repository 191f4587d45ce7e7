"""PostGraphile speaks the schema of the database: its operations, and its answers in the form of the others."""

from dataclasses import replace
from typing import Any

from bench.candidates import Candidate, Json
from bench.workloads import OPERATIONS

_CARD = (
    "id: rowId reference product currency placedMinor balanceMinor daysPastDue stage status placedOn dueOn lastPaymentOn"
)


def candidate(node: Candidate) -> Candidate:
    return node
