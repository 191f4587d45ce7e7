"""PostGraphile speaks the schema of the database: its operations, and its answers in the form of the others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bench.candidates import Candidate, Json
from bench.database import ZONE
from core.kit import clock

_CARD = (
    "id: rowId reference product currency placedMinor balanceMinor daysPastDue stage status placedOn dueOn "
    "lastPaymentOn creditor: creditorByAgencyIdAndCreditorId { name } "
)
_PAY = (
    "mutation Pay($input: RecordPaymentInput!) { recordPayment(input: $input) { result { "
    "replayed paymentId amount paidOn debtId balance lastPaymentOn } } }"
)
OPERATIONS = {
    "W1": (
        "query Worklist($agency: UUID!, $stage: String!, $since: Date!, $until: Date!, $first: Int!, $after: Cursor) { "
        'debts: allDebts(filter: {agencyId: {equalTo: $agency}, status: {equalTo: "ACTIVE"}, stage: {equalTo: $stage}, '
        "dueOrNever: {greaterThanOrEqualTo: $since, lessThanOrEqualTo: $until}}, "
        "orderBy: [BALANCE_MINOR_DESC, ROW_ID_DESC], first: $first, after: $after) { "
        f"nodes {{ {_CARD} debtor: partyByAgencyIdAndPartyId {{ name country }} }} "
        "pageInfo { endCursor hasNextPage } } }"
    ),
    "W2": (
        "query Debt($agency: UUID!, $id: UUID!) { debt: debtByAgencyIdAndRowId(agencyId: $agency, rowId: $id) { "
        f"{_CARD} debtor: partyByAgencyIdAndPartyId {{ name country "
        "identifiers: partyIdentifiersByAgencyIdAndPartyId(orderBy: [TYPE_ASC, NUMBER_ASC]) { nodes { type number } } "
        "contactPoints: contactPointsByAgencyIdAndPartyId(orderBy: [CHANNEL_ASC, CREATED_AT_ASC, PRIMARY_KEY_ASC]) "
        "{ nodes { channel value valid } } } "
        "payments: paymentsByAgencyIdAndDebtId(first: 20, orderBy: [PAID_ON_DESC, PRIMARY_KEY_DESC]) "
        "{ nodes { id: rowId amountMinor paidOn method } } "
        "movements: debtMovementsByAgencyIdAndDebtId(first: 20, "
        "orderBy: [EFFECTIVE_ON_DESC, RECORDED_AT_DESC, PRIMARY_KEY_DESC]) "
        "{ nodes { id: rowId kind effectiveOn deltaMinor reason recordedAt } } } }"
    ),
    "W3": (
        "query Dashboard($agency: UUID!, $id: UUID!, $months: Int!) { "
        "creditor: creditorByAgencyIdAndRowId(agencyId: $agency, rowId: $id) { rowId } "
        "stages: allCreditorStages(condition: {creditorId: $id}) { nodes { stage debts balance } } "
        "buckets: allCreditorBuckets(condition: {creditorId: $id}) { nodes { place label debts balance } } "
        "months: creditorMonths(creditor: $id, months: $months) { nodes { month payments recovered } } }"
    ),
    "W4": _PAY,
}
_STAGES = ("PREVENTION", "EARLY", "INTERMEDIATE", "PRE_LEGAL", "JUDICIAL")
_AMOUNTS = {"placedMinor": "placed", "balanceMinor": "balance", "amountMinor": "amount", "deltaMinor": "delta"}


def candidate(node: Candidate) -> Candidate:
    return replace(node, operations={**OPERATIONS, "W3W": OPERATIONS["W3"]}, variables=_variables, answer=_answer)


def _variables(workload: str, agency: str, given: Json) -> Json:
    if workload == "W1":
        today = clock.today(ZONE)
        return {
            "agency": agency, "stage": given["stage"], "first": given["first"], "after": given.get("after"),
            "since": str(today - timedelta(days=given["to"])), "until": str(today - timedelta(days=given["from"])),
        }  # fmt: skip
    if workload == "W4":
        asked = given["input"]
        money = {"amount": asked["amount"]["minorUnits"], "currency": asked["amount"]["currency"]}
        return {"input": {**{name: value for name, value in asked.items() if name != "amount"}, **money}}
    return {"agency": agency, "id": given["id"], **({"months": 12} if workload in ("W3", "W3W") else {})}


def _answer(workload: str, data: Json) -> Json:
    if workload == "W4":
        return {"paymentRecord": _paid(data["recordPayment"]["result"])}
    if workload in ("W3", "W3W"):
        return {"dashboard": _dashboard(data) if data["creditor"] else None}
    return _shaped(data)


def _paid(told: Json | None) -> Json:
    if told is None or told["paymentId"] is None:
        return {"replayed": False, "payment": None, "debt": None, "errors": []}
    return {
        "replayed": told["replayed"],
        "payment": {"id": told["paymentId"], "amount": _money(told["amount"]), "paidOn": told["paidOn"]},
        "debt": {"id": told["debtId"], "balance": _money(told["balance"]), "lastPaymentOn": told["lastPaymentOn"]},
        "errors": [],
    }


def _dashboard(data: Json) -> Json:
    stages = sorted(data["stages"]["nodes"], key=lambda row: _STAGES.index(row["stage"]))
    buckets = sorted(data["buckets"]["nodes"], key=lambda row: row["place"])
    return {
        "stages": [{**row, "balance": _money(row["balance"])} for row in stages],
        "buckets": [
            {"label": row["label"], "debts": row["debts"], "balance": _money(row["balance"])} for row in buckets
        ],
        "months": [{**row, "recovered": _money(row["recovered"])} for row in data["months"]["nodes"]],
    }


def _shaped(value: Any) -> Any:
    """Amounts as objects of one field, as they are in Recobro's schema."""
    if isinstance(value, dict):
        pairs = ((name, _shaped(inner)) for name, inner in value.items())
        return {_AMOUNTS.get(name, name): _money(inner) if name in _AMOUNTS else inner for name, inner in pairs}
    return [_shaped(inner) for inner in value] if isinstance(value, list) else value


def _money(minor: str) -> Json:
    return {"minorUnits": minor}
