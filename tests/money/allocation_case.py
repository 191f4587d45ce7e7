"""A case of payment allocation: obligations, charges and dated payments, and how each payment was split elsewhere.

What a case says in the other system's words becomes a mandate's policy and an order of entries; nothing is computed
here that the product computes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.debts.models import ComponentKind

KINDS: Mapping[str, ComponentKind] = {
    "principal": ComponentKind.PRINCIPAL,
    "interest": ComponentKind.INTEREST_ORDINARY,
    "fees": ComponentKind.OTHER,
    "penalties": ComponentKind.PENALTY,
}
"""A fee of a loan is not one for collecting, and so no COLLECTION_FEE."""
_COLUMN = {"fee": "fees", "penalty": "penalties"}
_FUTURE = {"NEXT_INSTALLMENT": "NEXT", "LAST_INSTALLMENT": "LAST", "REAMORTIZATION": "REAMORTIZE"}
_UNCOUNTED = "Down Payment"
"""The other system makes these by itself; `entered_after_n_payments` does not count them."""


@dataclass(frozen=True, slots=True)
class Part:
    """A component as it is placed: what of an instalment no charge of the case accounts for."""

    instalment: int
    kind: ComponentKind
    minor: int
    due_on: date


@dataclass(frozen=True, slots=True)
class Charge:
    instalment: int
    kind: ComponentKind
    minor: int
    due_on: date
    effective_on: date


@dataclass(frozen=True, slots=True)
class Payment:
    """`number` is its place among the payments whose split is expected, None for one that is reversed in the end."""

    number: int | None
    minor: int
    paid_on: date
    purpose: str


@dataclass(frozen=True, slots=True)
class Case:
    """`entries` are in the order in which they are entered; what was reversed is reversed after all of them."""

    id: str
    order: list[str]
    policy: dict[str, Any]
    opened_on: date
    last_day: date
    due: dict[int, date]
    parts: list[Part]
    entries: list[Charge | Payment]
    expected_splits: list[dict[str, int]]
    expected_instalments: list[dict[str, Any]]
    expected_balances: list[int | None]


def minor(amount: str | float) -> int:
    """Minor units of an amount with two decimals. Raises: ValueError where it has more."""
    units = Decimal(str(amount)) * 100
    if units != units.to_integral_value():
        raise ValueError(f"{amount} has more than two decimals")
    return int(units)


def purpose(kind: str) -> str:
    """ "Goodwill Credit" as a code: GOODWILL_CREDIT."""
    return "_".join("".join(c if c.isalnum() else " " for c in kind).upper().split())


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _policy(given: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """The other system's strategies with a rule for future instalments take an instalment as due as a whole, and what
    is overdue first. Of the older ones those that name what is in advance ask each charge for its own due date; the
    others have one order for all of an instalment."""
    future = given.get("future_instalment_rule")
    policy: dict[str, Any] = {
        "grouping": given["grouping"].upper(),
        "in_advance_order": [KINDS[name].value for name in given["in_advance_order"]],
        "reprocess": True,
    }
    if future is not None:
        rules = {purpose(kind): _FUTURE[rule] for kind, rule in future.items() if kind != "default"}
        policy |= {"due_date_of": "INSTALMENT", "past_due_first": True, "future_by_purpose": rules}
        policy["future"] = _FUTURE[future.get("default", "NEXT_INSTALLMENT")]
    elif "IN_ADVANCE" not in given.get("fineract_name", "IN_ADVANCE"):
        policy["due_date_of"] = "INSTALMENT"
    return [KINDS[name].value for name in given["due_order"]], policy


def read_case(data: Mapping[str, Any]) -> Case:
    """Raises: KeyError, ValueError for a word or a figure that is not known here."""
    order, policy = _policy(data["policy"])
    due = {int(one["nr"]): _day(one["due_date"]) for one in data["obligations"]}
    days = [_day(one["date"]) for one in (*data["payments"], *data["reversed_payments"])]
    charge_days = [_day(one[name]) for one in data["charges"] for name in ("due_date", "added_on") if one[name]]
    # The day before all else: what is charged from the first day on is there before any payment of the case.
    opened_on = min([*days, *due.values(), *charge_days]) - timedelta(days=1)
    charged, parts = _charges(data, due, opened_on, by_instalment="future_instalment_rule" in data["policy"])
    last_day = max([*days, _day(data["as_of"]), *(_day(one["added_on"]) for one in data["charges"])])
    return Case(
        id=data["id"],
        order=order,
        policy=policy,
        opened_on=opened_on,
        last_day=last_day,
        due=due,
        parts=parts,
        entries=_entries(data, charged),
        expected_splits=[
            {name: minor(one["expect"][name]) for name in KINDS if one["expect"].get(name) not in (None, "")}
            for one in data["payments"]
        ],
        expected_instalments=list(data["expect_instalments"]),
        expected_balances=_balances(data),
    )


def _charges(
    data: Mapping[str, Any], due: Mapping[int, date], opened_on: date, *, by_instalment: bool
) -> tuple[list[Charge | None], list[Part]]:
    """Each charge with the instalment that it falls into, and what of the instalments no charge accounts for.

    Where an instalment is due as a whole, a charge counts from the earlier of its due date and its entry; the older
    strategies split everything anew at each charge, as if it had been there from the first day.
    """
    left = {(int(one["nr"]), name): minor(one[name]) for one in data["obligations"] for name in KINDS}
    charged = list[Charge | None]()
    for one in data["charges"]:
        name, amount, due_on, added_on = _COLUMN[one["kind"]], minor(one["amount"]), one["due_date"], one["added_on"]
        day = _day(due_on) if due_on else _day(added_on)
        room = [nr for nr in sorted(due) if left[nr, name] >= amount]
        nr = next((nr for nr in room if due[nr] >= day), room[0] if room else None)
        if nr is None or amount == 0:
            charged.append(None)  # waived: the schedule does not have it any more
            continue
        left[nr, name] -= amount
        effective_on = min(day, _day(added_on)) if by_instalment else opened_on
        charged.append(Charge(nr, KINDS[name], amount, min(day, due[nr]), max(effective_on, opened_on)))
    parts = [
        Part(nr, KINDS[name], amount, due[nr]) for (nr, name), amount in left.items() if amount or name == "principal"
    ]
    return charged, parts


def _entries(data: Mapping[str, Any], charged: Sequence[Charge | None]) -> list[Charge | Payment]:
    """Charges and payments by day; on the same day by how many payments a charge came after."""

    def read(number: int | None, one: Mapping[str, Any]) -> tuple[Mapping[str, Any], Payment]:
        return one, Payment(number, minor(one["amount"]), _day(one["date"]), purpose(one["type"]))

    payments = [read(number, one) for number, one in enumerate(data["payments"])]
    payments += [read(None, one) for one in data["reversed_payments"]]
    entries, counted = list[Charge | Payment](), 0
    waiting = [(one, charge) for one, charge in zip(data["charges"], charged, strict=True) if charge is not None]
    for given, payment in sorted(payments, key=lambda pair: pair[1].paid_on):
        for pair in list(waiting):
            added_on, after = _day(pair[0]["added_on"]), int(pair[0]["entered_after_n_payments"])
            if added_on < payment.paid_on or (added_on == payment.paid_on and after <= counted):
                entries.append(pair[1])
                waiting.remove(pair)
        entries.append(payment)
        counted += given["type"] != _UNCOUNTED
    return entries + [charge for _, charge in waiting]


def _balances(data: Mapping[str, Any]) -> list[int | None]:
    """The principal after each payment; None for a case in which more was lent later on, which it does not tell of."""
    left = sum(minor(one["principal"]) for one in data["obligations"])
    told, agree = list[int | None](), True
    for one in data["payments"]:
        after = one["expect"].get("principal_balance_after")
        left -= minor(one["expect"].get("principal") or 0)
        told.append(left if after not in (None, "") else None)
        agree = (agree and after in (None, "", "None")) or (agree and minor(after) == left)
    return told if agree else [None] * len(told)
