"""W4: a payment with all of its rows in one statement; a second one only to say why nothing was written."""

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from bench.limit.ids import letters, uuid_of
from bench.limit.pool import Connection
from core.kit.ids import new_id

_PAY = Path(__file__).with_name("pay.sql").read_text()
_WHO = "system:limit"
_TRIES = 5  # somebody else may change the debt meanwhile
_BEFORE = """
SELECT p.id, p.fingerprint, p.amount_minor, p.paid_on, p.debt_id, d.balance_minor, d.last_payment_on
FROM payment p JOIN debt d ON d.agency_id = p.agency_id AND d.id = p.debt_id
WHERE p.agency_id = $1 AND p.idempotency_key = $2
"""


async def pay(connection: Connection, agency: UUID, given: dict[str, Any]) -> bytes:
    asked = given["input"]
    amount, paid_on, key = (
        int(asked["amount"]["minorUnits"]),
        date.fromisoformat(asked["paidOn"]),
        asked["idempotencyKey"],
    )
    if not 0 < amount <= 10**17 or not 1 <= len(key) <= 200:
        return _refused("INVALID_INPUT")
    fingerprint = sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()
    payment_id, debt_id = new_id(), uuid_of(asked["debtId"])
    for _ in range(_TRIES):
        row = await connection.fetchrow(
            _PAY, agency, debt_id, amount, asked["amount"]["currency"], paid_on, asked.get("receivedBy", "AGENCY"),
            asked.get("method", "TRANSFER"), asked.get("reference", ""), key, fingerprint, _WHO, payment_id, new_id(),
        )  # fmt: skip
        if row is not None:
            return _answer(False, payment_id, amount, paid_on, debt_id, row[0], row[1])
        before = await connection.fetchrow(_BEFORE, agency, key)
        if before is not None and before["fingerprint"] != fingerprint:
            return _refused("IDEMPOTENCY_KEY_REUSED")
        if before is not None:
            return _answer(True, before[0], before[2], before[3], before[4], before[5], before[6])
    return _refused("NOT_FOUND")


def _answer(
    replayed: bool, payment_id: UUID, amount: int, paid_on: date, debt_id: UUID, balance: int, last_paid_on: date
) -> bytes:
    return (
        f'{{"data":{{"paymentRecord":{{"replayed":{"true" if replayed else "false"},'
        f'"payment":{{"id":"payment_{letters(payment_id.int)}","amount":{{"minorUnits":"{amount}"}},"paidOn":"{paid_on}"}},'
        f'"debt":{{"id":"debt_{letters(debt_id.int)}","balance":{{"minorUnits":"{balance}"}},"lastPaymentOn":"{last_paid_on}"}},'
        f'"errors":[]}}}}}}'
    ).encode()


def _refused(code: str) -> bytes:
    errors = [{"code": code, "message": "The payment was not recorded."}]
    return orjson.dumps(
        {"data": {"paymentRecord": {"replayed": False, "payment": None, "debt": None, "errors": errors}}}
    )
