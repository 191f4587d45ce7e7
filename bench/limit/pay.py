"""W4: a payment in two statements, what the debt is and all that is written: splitting it in SQL costs more."""

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from bench.limit.ids import letters, uuid_of
from bench.limit.pool import Connection
from core.kit.ids import new_id

_READ = Path(__file__).with_name("pay_read.sql").read_text()
_PAY = Path(__file__).with_name("pay.sql").read_text()
_WHO = "system:limit"
_TRIES = 5  # somebody else may change the debt meanwhile
_TAKES_MONEY = ("PAID", "SETTLED")
_orders: dict[str, dict[str, int]] = {}


async def pay(connection: Connection, agency: UUID, given: dict[str, Any]) -> bytes:
    asked = given["input"]
    amount, currency = int(asked["amount"]["minorUnits"]), asked["amount"]["currency"]
    paid_on, key, debt_id = date.fromisoformat(asked["paidOn"]), asked["idempotencyKey"], uuid_of(asked["debtId"])
    if not 0 < amount <= 10**17 or not 1 <= len(key) <= 200:
        return _refused("INVALID_INPUT")
    received_by = asked.get("receivedBy", "AGENCY")
    fingerprint = sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()
    for _ in range(_TRIES):
        rows = await connection.fetch(_READ, agency, debt_id, key)
        if refused := _refusal(rows, fingerprint, currency, paid_on):
            return _refused(refused)
        first = rows[0]
        if first["payment_id"] is not None:
            return _answer(
                True, first["payment_id"], first["amount_minor"], first["paid_on"], debt_id, first["owed"],
                first["last_payment_on"],
            )  # fmt: skip
        taken, applied, due_on = _split(rows, amount)
        balance, payment_id = first["owed"] - applied, new_id()
        closes = balance == 0 and first["status"] == "ACTIVE"
        told = {
            "debt_id": str(debt_id), "amount_minor": amount, "currency": currency, "paid_on": paid_on,
            "received_by": received_by, "unapplied_minor": amount - applied, "balance_after_minor": balance,
            "allocations": [
                {"component_id": str(row["id"]), "kind": row["kind"], "minor": taken[row["id"]]}
                for row in rows
                if row["id"] in taken
            ],
            "debt_status": "CLOSED" if closes else first["status"],
        }  # fmt: skip
        written = await connection.fetchrow(
            _PAY, agency, debt_id, amount, currency, paid_on, received_by, asked.get("method", "TRANSFER"),
            asked.get("reference", ""), key, fingerprint, _WHO, payment_id, new_id(), orjson.dumps(told).decode(),
            first["creditor_id"], first["version"], list(taken), list(taken.values()), applied, due_on, closes,
        )  # fmt: skip
        if written is not None:
            return _answer(False, payment_id, amount, paid_on, debt_id, written[0], written[1])
    return _refused("CONFLICT")


def _refusal(rows: list[asyncpg.Record], fingerprint: str, currency: str, paid_on: date) -> str | None:
    if not rows:
        return "NOT_FOUND"
    first = rows[0]
    if first["payment_id"] is not None:
        return None if first["fingerprint"] == fingerprint else "IDEMPOTENCY_KEY_REUSED"
    if currency != first["currency"]:
        return "CURRENCY_MISMATCH"
    if not first["opened_on"] <= paid_on <= first["today"]:
        return "PAID_ON"
    if first["status"] == "CLOSED" and first["closed_reason"] not in _TAKES_MONEY:
        return "DEBT_CLOSED"
    return None


def _split(rows: list[asyncpg.Record], amount: int) -> tuple[dict[UUID, int], int, date | None]:
    """What each component takes in the mandate's order, the sum, and the oldest due date of what is left."""
    text = rows[0]["allocation_order"]
    order = _orders.get(text)
    if order is None:
        order = _orders[text] = {kind: place for place, kind in enumerate(orjson.loads(text))}
    left, taken, due = (0 if rows[0]["status"] == "CLOSED" else amount), dict[UUID, int](), list[date]()
    places = {row["id"]: (order[row["kind"]], row["due_on"] or date.max, row["position"]) for row in rows}
    for row in sorted(rows, key=lambda row: places[row["id"]]):
        balance = row["balance_minor"]
        minor = min(left, balance)
        if minor:
            taken[row["id"]] = minor
            left -= minor
        if balance > minor and row["due_on"]:
            due.append(row["due_on"])
    return taken, sum(taken.values()), min(due, default=None)


def _answer(
    replayed: bool, payment_id: UUID, amount: int, paid_on: date, debt_id: UUID, balance: int, last_paid_on: date
) -> bytes:
    return (
        f'{{"data":{{"paymentRecord":{{"replayed":{"true" if replayed else "false"},'
        f'"payment":{{"id":"payment_{letters(payment_id.int)}","amount":{{"minorUnits":"{amount}"}},'
        f'"paidOn":"{paid_on}"}},"debt":{{"id":"debt_{letters(debt_id.int)}",'
        f'"balance":{{"minorUnits":"{balance}"}},"lastPaymentOn":"{last_paid_on}"}},"errors":[]}}}}}}'
    ).encode()


def _refused(code: str) -> bytes:
    errors = [{"code": code, "message": "The payment was not recorded."}]
    refused = {"replayed": False, "payment": None, "debt": None, "errors": errors}
    return orjson.dumps({"data": {"paymentRecord": refused}})
