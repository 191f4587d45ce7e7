"""Terms of interest: what may be agreed, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest

from core.kit.errors import InvalidInput
from core.mandates.interest import DayCount, InterestMethod, InterestTerms, check_interest


@pytest.mark.parametrize(
    "given",
    [
        {"annual_rate": "0.2817"}, {"modality": "CO_CONSUMER"},
        {"method": "SIMPLE_NOMINAL", "day_count": "THIRTY_360", "annual_rate": "0.24", "base": ["PRINCIPAL", "TAX"]},
        {"method": "COMPOUND", "annual_rate": "10", "receives": "INTEREST_ORDINARY", "overdue_only": False},
    ],
)  # fmt: skip
def test_terms_come_back_as_they_were_stored(given: dict[str, Any]) -> None:
    terms = check_interest(given)
    assert check_interest(terms.to_json()) == terms == check_interest(terms)
    assert {name: terms.to_json()[name] for name in given} == given


@pytest.mark.parametrize(
    "given",
    [
        None, [], "x", {}, {"annual_rate": None}, {"annual_rate": 0.28}, {"annual_rate": "x"}, {"annual_rate": "NaN"},
        {"annual_rate": "-0.01"}, {"annual_rate": "28.17"}, {"annual_rate": "0.123456789"}, {"annual_rate": True},
        {"annual_rate": "0.2", "modality": "co"}, {"annual_rate": "0.2", "method": "MAGIC"}, {"annual_rate": "0.2", "rate": 1},
        {"annual_rate": "0.2", "base": []}, {"annual_rate": "0.2", "base": "PRINCIPAL"}, {"annual_rate": "0.2", "base": [["TAX"]]},
        {"annual_rate": "0.2", "base": ["PRINCIPAL", "PRINCIPAL"]}, {"annual_rate": "0.2", "base": ["INTEREST_DEFAULT"]},
        {"annual_rate": "0.2", "overdue_only": "no"}, {"annual_rate": "0.2", "day_count": "ACT_360"},
        {"method": "SIMPLE_NOMINAL", "annual_rate": "0.2", "modality": "CO", "day_count": "THIRTY_360"},
    ],
)  # fmt: skip
def test_terms_that_cannot_be(given: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_interest(given)
    assert (refused.value.code, refused.value.field) == ("INTEREST_TERMS", "interest")


def test_terms_in_python_are_checked_as_well() -> None:
    with pytest.raises(InvalidInput):
        check_interest(
            InterestTerms(method=InterestMethod.COMPOUND, day_count=DayCount.ACT_360, annual_rate=Decimal("0.1"))
        )
