"""The terms of a commission schedule, as a creditor and an agency agree on them. Stored as JSON, checked when saved.

Rates are decimal text ("0.25"), amounts minor units of the mandate's currency. What the terms mean is in fees.py, which
computes with them and is the only one to do so.
"""

from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from core.kit.errors import InvalidInput
from core.kit.money import MAX_STEP
from core.mandates.terms import ComponentKind, Stage

MAX_TIERS = 6
MAX_MINOR = 10**17
Rate = Annotated[str, StringConstraints(pattern=r"^(0(\.\d{1,6})?|1(\.0{1,6})?)$")]
"""A share from 0 to 1 with six decimals at most."""
Word = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
Amount = Annotated[int, Field(gt=0, le=MAX_MINOR)]


class TiersBy(StrEnum):
    """What decides the tier of a payment. The first six are numbers, whose tiers end at `up_to`; the others are words,
    whose tiers name their `values`."""

    PAID_TO_DATE = "PAID_TO_DATE"
    """What the debt's standing payments have brought, this one included, by cleared day."""
    PAYMENT_AMOUNT = "PAYMENT_AMOUNT"
    REMAINING_BALANCE = "REMAINING_BALANCE"
    """The debt's balance before the payment."""
    LISTED_AMOUNT = "LISTED_AMOUNT"
    """The amount that was placed."""
    DAYS = "DAYS"
    """Days from the anchor `days_from` to the anchor `days_to`."""
    DAYS_PAST_DUE = "DAYS_PAST_DUE"
    """The ageing bucket: days past due of the debt before the payment."""
    STAGE = "STAGE"
    PRODUCT = "PRODUCT"
    CHARGE_OFF = "CHARGE_OFF"
    """Whether the creditor had charged the debt off (cartera vigente or castigada), or it was written off here, when
    the money came: CURRENT or CHARGED_OFF."""


class Mode(StrEnum):
    """WHOLE: the rate of one tier for all of the payment. MARGINAL: the payment is split where it crosses tiers."""

    WHOLE = "WHOLE"
    MARGINAL = "MARGINAL"


class DaysFrom(StrEnum):
    """DELINQUENCY is the oldest due date that the debt ever had; LAST_PAYMENT the standing payment before, else the
    placement."""

    PLACEMENT = "PLACEMENT"
    OPENING = "OPENING"
    DELINQUENCY = "DELINQUENCY"
    LAST_PAYMENT = "LAST_PAYMENT"


class DaysTo(StrEnum):
    """The day of the payment, the day on which its money was there, or the day on which the debt was placed."""

    PAYMENT = "PAYMENT"
    CLEARED = "CLEARED"
    PLACEMENT = "PLACEMENT"


AMOUNTS = (TiersBy.PAID_TO_DATE, TiersBy.PAYMENT_AMOUNT, TiersBy.REMAINING_BALANCE, TiersBy.LISTED_AMOUNT)
NUMBERS = (*AMOUNTS, TiersBy.DAYS, TiersBy.DAYS_PAST_DUE)
MARGINAL = (TiersBy.PAID_TO_DATE, TiersBy.PAYMENT_AMOUNT, TiersBy.REMAINING_BALANCE)
"""What a payment itself is a part of, so that it can cross a tier."""
_WORDS: Mapping[TiersBy, frozenset[str]] = {
    TiersBy.STAGE: frozenset(Stage),
    TiersBy.CHARGE_OFF: frozenset({"CURRENT", "CHARGED_OFF"}),
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Tier(_Strict):
    """`up_to` belongs to the tier; the last tier has none, or no `values`, and takes whatever no other did.

    `direct_rate` is for what the creditor received itself, `second_placement_rate` for debts that were placed before;
    each where it differs from `rate`, and the first before the second.
    """

    up_to: Annotated[int, Field(ge=0, le=MAX_MINOR)] | None = None
    values: Annotated[list[Word], Field(min_length=1, max_length=100)] | None = None
    rate: Rate
    direct_rate: Rate | None = None
    second_placement_rate: Rate | None = None


class Terms(_Strict):
    """One schedule.

    `component_rates`: money that paid these kinds has a rate of its own, whoever received it, and counts for no tier.
    `no_fee_before_demand`: what the creditor received before the agency's first demand, or without any, is free.
    `minimum_minor` and `maximum_minor` bound the fee of a payment that bears one; no fee is above the money it is of.
    `cap_rate` bounds all fees of a debt to a share of its placed amount.
    `suit_fee_rate` comes on top while the debt is JUDICIAL.
    Every line is rounded to `step_minor` (5000: 50 pesos), the tax of a payment to `tax_step_minor`: each the mandate's
    unit where it is left out, and up or down as the mandate does.
    """

    tiers_by: Annotated[TiersBy, Field(strict=False)] | None = None
    mode: Annotated[Mode, Field(strict=False)] | None = None
    days_from: Annotated[DaysFrom, Field(strict=False)] | None = None
    days_to: Annotated[DaysTo, Field(strict=False)] | None = None
    tiers: Annotated[list[Tier], Field(min_length=1, max_length=MAX_TIERS)]
    component_rates: dict[Annotated[ComponentKind, Field(strict=False)], Rate] = {}
    no_fee_before_demand: bool = False
    minimum_minor: Amount | None = None
    maximum_minor: Amount | None = None
    cap_rate: Rate | None = None
    suit_fee_rate: Rate | None = None
    step_minor: Annotated[int, Field(ge=1, le=MAX_STEP)] | None = None
    tax_step_minor: Annotated[int, Field(ge=1, le=MAX_STEP)] | None = None

    @model_validator(mode="after")
    def _tiers_fit(self) -> "Terms":
        by, tiers = self.tiers_by, self.tiers
        if by is None:
            if len(tiers) > 1 or self.mode or self.days_from or self.days_to:
                raise ValueError("say by what the tiers are (tiers_by)")
        elif self.mode is None:
            raise ValueError("say whether a payment has the rate of one tier (WHOLE) or is split (MARGINAL)")
        if self.mode is Mode.MARGINAL and by not in MARGINAL:
            raise ValueError(f"MARGINAL is for tiers by {', '.join(MARGINAL)}: nothing else is crossed by a payment")
        if (by is TiersBy.DAYS) != (self.days_from is not None) or (self.days_from is None) != (self.days_to is None):
            raise ValueError("days_from and days_to go with tiers by DAYS")
        _check_ends(by, tiers)
        if self.minimum_minor and self.maximum_minor and self.minimum_minor > self.maximum_minor:
            raise ValueError("minimum_minor is above maximum_minor")
        return self


def _check_ends(by: TiersBy | None, tiers: list[Tier]) -> None:
    """Raises: ValueError unless every payment falls into exactly one tier."""
    *inner, last = tiers
    if last.up_to is not None or last.values is not None:
        raise ValueError("the last tier is open: it has neither up_to nor values")
    if by in NUMBERS:
        ends = [tier.up_to for tier in inner if tier.up_to is not None and tier.values is None]
        if len(ends) < len(inner) or any(low >= high for low, high in pairwise(ends)):
            raise ValueError("every tier but the last has up_to, each above the one before, and no values")
        return
    words = [value for tier in inner if tier.up_to is None for value in tier.values or ()]
    if any(tier.up_to is not None or tier.values is None for tier in inner) or len(set(words)) < len(words):
        raise ValueError("every tier but the last has values, each once, and no up_to")
    known = _WORDS.get(by) if by else None
    if known is not None and not known.issuperset(words):
        raise ValueError(f"tiers by {by} name: {', '.join(sorted(known))}")


def read_terms(data: Mapping[str, Any]) -> Terms:
    """Terms, checked.

    Raises: InvalidInput (INVALID_TERMS): `field` is the path of the first fault (`terms.tiers.0.rate`), the message
    names all of them.
    """
    try:
        return Terms.model_validate(dict(data))
    except ValidationError as problem:
        faults = problem.errors(include_url=False, include_context=False, include_input=False)
        texts = [f"{_path(fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}" for fault in faults]
        raise InvalidInput(
            f"The terms can not be used: {'; '.join(texts)[:2000]}.", code="INVALID_TERMS",
            field=_path(faults[0]["loc"]), remedy="Correct what is named.",
        ) from problem  # fmt: skip


def stored(terms: Terms) -> dict[str, Any]:
    """The form in which terms are kept."""
    return terms.model_dump(mode="json", exclude_none=True)


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in ("terms", *location))
