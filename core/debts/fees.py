"""Whether a collection fee may be charged: rule card CO-FEE-01 (SFC (Colombia) Circular Externa 048 of 2008). Pure."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.debts.kinds import Stage
from core.kit.errors import Conflict

HOUSING_WORDS = ("vivienda", "hipotec", "habitacional", "housing", "mortgage", "home loan")
"""A product with one of these in its name is a loan for housing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeGrounds:
    """What a collection fee rests on: the activity of collection that was really done, by its id or by words that prove
    it, and the tariff with the day on which the debtor was told of it."""

    tariff: str
    disclosed_on: date
    activity_id: UUID | None = None
    activity: str = ""


def is_housing(product: str) -> bool:
    return any(word in product.casefold() for word in HOUSING_WORDS)


def check_collection_fee(grounds: FeeGrounds | None, *, product: str, stage: Stage, effective_on: date) -> None:
    """Raises: Conflict: FEE_ON_HOUSING before the judicial stage; FEE_WITHOUT_ACTIVITY, as a default alone is no
    ground; FEE_NOT_DISCLOSED unless the debtor knew the tariff by the day of the fee."""
    if is_housing(product) and stage is not Stage.JUDICIAL:
        raise Conflict(
            "No fee is charged for collecting a housing loan before it is in court.", code="FEE_ON_HOUSING",
            field="kind", remedy="Collect without a fee; costs of a lawsuit are LEGAL_COST.",
        )  # fmt: skip
    if grounds is None or (grounds.activity_id is None and not grounds.activity.strip()):
        raise Conflict(
            "A collection fee needs a real activity of collection; being in default is none.",
            code="FEE_WITHOUT_ACTIVITY", field="grounds", remedy="Name the contact or the proof of what was done.",
        )  # fmt: skip
    if not grounds.tariff.strip() or grounds.disclosed_on > effective_on:
        raise Conflict(
            "The debtor has to know the tariff before the fee is charged.", code="FEE_NOT_DISCLOSED", field="grounds",
            remedy="Give the tariff, and the day on which the debtor was told of it.",
        )  # fmt: skip
