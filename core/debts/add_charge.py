"""Charge something to a debt after its placement: a penalty, a cost, a fee for collecting."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from uuid import UUID

import orjson

from core.debts.fees import FeeGrounds, check_collection_fee
from core.debts.kinds import ClosedReason, ComponentKind, Stage
from core.debts.lock import require_active, require_text
from core.debts.reprocessing import ask_to_reprocess
from core.kit import clock, db
from core.kit.again import again
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.events import emit
from core.kit.idempotency import take_key
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.mandates.allocation import policy_of
from core.permissions import Permission

OPERATION = "debt.charge"
MAX_MINOR = 10**17
MAX_COMPONENTS = 1000
MAX_INSTALMENT = 2**15 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCharge:
    """`amount` above 0 in the debt's currency. `due_on` is when it is to be paid, `effective_on` from when it is owed:
    the legal day in the mandate's time zone, today where not given. `component_id` raises that component, which keeps
    its kind, due date and instalment; otherwise a component is added."""

    debt_id: UUID
    kind: ComponentKind
    amount: Money
    reason: str
    idempotency_key: str
    due_on: date | None = None
    effective_on: date | None = None
    instalment: int | None = None
    component_id: UUID | None = None
    grounds: FeeGrounds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeAdded:
    """`charge_id` is the `source_id` of the movement. Balances are as they stand now, also for a replay; `reopened`
    says that the debt had been paid."""

    charge_id: UUID
    debt_id: UUID
    component_id: UUID
    component_balance: Money
    debt_balance: Money
    reopened: bool
    replayed: bool


@again
async def add_charge(scope: Scope, command: AddCharge) -> ChargeAdded:
    """Add to what a debtor owes, once per idempotency key. A debt closed as PAID is open again.

    A collection fee needs grounds, and is never for housing before the judicial stage (core/debts/fees.py). Where the
    mandate's policy says `reprocess`, payments of later days are split anew, and money that was left over pays it.

    Raises: Forbidden; NotFound (debt, component); InvalidInput (CHARGE_AMOUNT, CURRENCY_MISMATCH, EFFECTIVE_ON,
    INSTALMENT, INVALID_TEXT, KIND_MISMATCH); Conflict (FEE_WITHOUT_ACTIVITY, FEE_NOT_DISCLOSED, FEE_ON_HOUSING,
    DEBT_CLOSED, TOO_MANY_COMPONENTS, IDEMPOTENCY_KEY_REUSED).
    """
    scope.require(Permission.DEBT_WORK)
    reason, key = require_text(command.reason, "reason"), require_text(command.idempotency_key, "idempotency_key")
    _check_form(command)
    fingerprint = sha256(orjson.dumps(command, default=str)).hexdigest()
    async with db.transaction(scope) as tx:
        debt = await _lock(tx, command.debt_id)
        charge_id = new_id()
        used = await take_key(tx, OPERATION, key, fingerprint, charge_id)
        if used is not None:
            return await _replay(tx, command, used, debt)
        return await _charge(tx, command, debt, charge_id, reason)


async def charge_in(tx: Tx, command: AddCharge) -> ChargeAdded:
    """The same, in the transaction of a use case that charges once by its own record, and has asked for the permission
    itself; the key is not kept.

    Raises: as `add_charge`, but Forbidden and IDEMPOTENCY_KEY_REUSED.
    """
    reason = require_text(command.reason, "reason")
    _check_form(command)
    return await _charge(tx, command, await _lock(tx, command.debt_id), new_id(), reason)


async def _lock(tx: Tx, debt_id: UUID) -> Row:
    debt = await tx.fetchrow(_LOCK, tx.scope.agency, debt_id)
    if debt is None:
        raise not_found("debt", "debt_id")
    return debt


async def _charge(tx: Tx, command: AddCharge, debt: Row, charge_id: UUID, reason: str) -> ChargeAdded:
    command = replace(command, effective_on=command.effective_on or clock.today(debt["timezone"]))
    component = await _component(tx, command)
    _check_against(command, debt, component)
    component_id = component["id"] if component else new_id()
    await _write(tx, command, debt, charge_id, component_id, reason)
    return _answer(command, charge_id, component_id, debt, component)


# The debt first, as core.debts.lock has it, with the terms that a charge is judged by.
_LOCK = """
SELECT d.id, d.creditor_id, d.currency, d.status, d.closed_reason, d.stage, d.product, d.opened_on, d.balance_minor,
  d.last_payment_on, m.timezone, m.allocation_order, m.allocation_policy,
  (SELECT count(*) FROM debt_component c WHERE c.agency_id = $1 AND c.debt_id = d.id) AS components,
  EXISTS (SELECT 1 FROM payment p WHERE p.agency_id = $1 AND p.debt_id = d.id AND p.status <> 'REVERSED'
    AND p.unapplied_minor > 0) AS has_unapplied
FROM debt d JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
WHERE d.agency_id = $1 AND d.id = $2 FOR NO KEY UPDATE OF d
"""
_COMPONENT = "SELECT id, kind, balance_minor FROM debt_component WHERE agency_id = $1 AND debt_id = $2 AND id = $3"


def _check_form(command: AddCharge) -> None:
    if not 0 < command.amount.minor_units <= MAX_MINOR:
        raise InvalidInput(
            "A charge is of a positive amount.", code="CHARGE_AMOUNT", field="amount",
            remedy="Give an amount above zero; to lower a component, adjust it.",
        )  # fmt: skip
    if command.instalment is not None and not 1 <= command.instalment <= MAX_INSTALMENT:
        raise InvalidInput("Instalments are numbered from 1.", code="INSTALMENT", field="instalment")
    if command.grounds is not None:
        for name, text in (("tariff", command.grounds.tariff), ("activity", command.grounds.activity)):
            if len(text) > 200 or "\0" in text:
                raise InvalidInput(
                    "This takes up to 200 characters.",
                    code="INVALID_TEXT",
                    field=f"grounds.{name}",
                    remedy="Shorten it.",
                )


async def _component(tx: Tx, command: AddCharge) -> Row | None:
    """The component to raise, None for a new one."""
    if command.component_id is None:
        return None
    component = await tx.fetchrow(_COMPONENT, tx.scope.agency, command.debt_id, command.component_id)
    if component is None:
        raise not_found("component", "component_id")
    if component["kind"] != command.kind:
        raise InvalidInput(
            f"The component is {component['kind']}.", code="KIND_MISMATCH", field="kind",
            remedy="Give the component's own kind, or no component.",
        )  # fmt: skip
    return component


async def _replay(tx: Tx, command: AddCharge, charge_id: UUID, debt: Row) -> ChargeAdded:
    """The answer to a request that was done before."""
    component = await tx.fetchrow(
        "SELECT c.id, c.balance_minor FROM debt_movement v "
        "JOIN debt_component c ON c.agency_id = $1 AND c.id = v.component_id "
        "WHERE v.agency_id = $1 AND v.source_id = $2",
        tx.scope.agency, charge_id,
    )  # fmt: skip
    assert component is not None
    currency = command.amount.currency
    return ChargeAdded(
        charge_id=charge_id,
        debt_id=command.debt_id,
        component_id=component["id"],
        component_balance=Money(component["balance_minor"], currency),
        debt_balance=Money(debt["balance_minor"], currency),
        reopened=False,
        replayed=True,
    )


def _check_against(command: AddCharge, debt: Row, component: Row | None) -> None:
    assert command.effective_on is not None
    if debt["closed_reason"] != ClosedReason.PAID:
        require_active(debt)
    if command.amount.currency != debt["currency"]:
        raise InvalidInput(
            f"The debt is in {debt['currency']}.", code="CURRENCY_MISMATCH", field="amount",
            remedy=f"Give the amount in {debt['currency']}.",
        )  # fmt: skip
    if not debt["opened_on"] <= command.effective_on <= clock.today(debt["timezone"]):
        raise InvalidInput(
            "The day is before the debt, or in the future.", code="EFFECTIVE_ON", field="effective_on",
            remedy=f"Give a day from {debt['opened_on']} to today; the due date may be later.",
        )  # fmt: skip
    if component is None and debt["components"] >= MAX_COMPONENTS:
        raise Conflict(
            f"The debt has {MAX_COMPONENTS} components.", code="TOO_MANY_COMPONENTS", field="debt_id",
            remedy="Raise a component that is there.",
        )  # fmt: skip
    if command.kind is ComponentKind.COLLECTION_FEE:
        check_collection_fee(
            command.grounds, product=debt["product"], stage=Stage(debt["stage"]), effective_on=command.effective_on
        )


_WRITE = """
WITH raised AS (
  INSERT INTO debt_component AS c (agency_id, id, creditor_id, debt_id, position, kind, due_on, instalment,
    placed_minor, balance_minor)
  SELECT $1, $3, $5, $2, COALESCE(max(o.position), 0) + 1, $12, $13, $14, 0, $4
  FROM debt_component o WHERE o.agency_id = $1 AND o.debt_id = $2
  ON CONFLICT (agency_id, id) DO UPDATE SET balance_minor = c.balance_minor + $4 RETURNING id, due_on
), moved AS (
  INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, recorded_at,
    delta_minor, source_id, actor, reason)
  SELECT $1, recobro_uuid7(), $5, $2, id, 'CHARGE', $6, $7, $4, $8, $9, $10 FROM raised
)
UPDATE debt d SET balance_minor = d.balance_minor + $4, updated_at = $7, due_on = LEAST(d.due_on, raised.due_on),
  status = CASE WHEN $11 THEN 'ACTIVE' ELSE d.status END,
  closed_reason = CASE WHEN $11 THEN NULL ELSE d.closed_reason END,
  closed_on = CASE WHEN $11 THEN NULL ELSE d.closed_on END
FROM raised WHERE d.agency_id = $1 AND d.id = $2
"""


async def _write(tx: Tx, command: AddCharge, debt: Row, charge_id: UUID, component_id: UUID, reason: str) -> None:
    assert command.effective_on is not None
    minor, reopens = command.amount.minor_units, debt["closed_reason"] == ClosedReason.PAID
    await tx.execute(
        _WRITE, tx.scope.agency, command.debt_id, component_id, minor, debt["creditor_id"], command.effective_on,
        tx.now, charge_id, str(tx.scope.actor), reason, reopens, command.kind.value, command.due_on, command.instalment,
    )  # fmt: skip
    data = {
        "charge_id": str(charge_id),
        "component_id": str(component_id),
        "kind": command.kind.value,
        "amount_minor": minor,
        "currency": command.amount.currency,
        "due_on": command.due_on and command.due_on.isoformat(),
        "effective_on": command.effective_on.isoformat(),
        "reason": reason,
        "grounds": _grounds(command.grounds),
    }
    await emit(tx, "debt.charged", command.debt_id, data, creditor_id=debt["creditor_id"])
    reprocesses = policy_of(debt["allocation_order"], debt["allocation_policy"]).reprocess
    if reprocesses and await _concerns(tx, debt, command.effective_on):
        await ask_to_reprocess(tx, command.debt_id, command.effective_on + timedelta(days=1), "a charge")


_CHARGED_LATER = """
SELECT 1 FROM debt_movement WHERE agency_id = $1 AND debt_id = $2 AND effective_on > $3 AND kind = 'CHARGE' LIMIT 1
"""


async def _concerns(tx: Tx, debt: Row, effective_on: date) -> bool:
    """Whether payments may pay it that are recorded already: later ones, or what one had left over, which may have gone
    to a charge of a later day meanwhile."""
    last: date | None = debt["last_payment_on"]
    if last is None:
        return False
    if debt["has_unapplied"] or effective_on < last:
        return True
    return bool(await tx.fetch(_CHARGED_LATER, tx.scope.agency, debt["id"], effective_on))


def _grounds(grounds: FeeGrounds | None) -> dict[str, str] | None:
    if grounds is None:
        return None
    activity = str(grounds.activity_id) if grounds.activity_id else grounds.activity
    return {"activity": activity, "tariff": grounds.tariff, "disclosed_on": grounds.disclosed_on.isoformat()}


def _answer(command: AddCharge, charge_id: UUID, component_id: UUID, debt: Row, component: Row | None) -> ChargeAdded:
    minor, currency = command.amount.minor_units, command.amount.currency
    return ChargeAdded(
        charge_id=charge_id,
        debt_id=command.debt_id,
        component_id=component_id,
        component_balance=Money(minor + (component["balance_minor"] if component else 0), currency),
        debt_balance=Money(debt["balance_minor"] + minor, currency),
        reopened=debt["closed_reason"] == ClosedReason.PAID,
        replayed=False,
    )
