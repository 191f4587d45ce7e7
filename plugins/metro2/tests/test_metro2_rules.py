"""The rules between the fields of a Metro 2 account, and the totals of its file."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any

import pytest

from recobro_metro2 import check, layout
from recobro_sdk.layouts import Record


def whole(**values: Any) -> list[Record]:
    """A file with one account without a fault, changed."""
    day = date(2026, 3, 31)
    base: dict[str, Any] = {
        "processingIndicator": 1,
        "timeStamp": datetime(2026, 3, 31, tzinfo=UTC),
        "identificationNumber": "12345",
    }
    base |= {"consumerAccountNumber": "A-1", "portfolioType": "O", "accountType": "48", "dateOpened": date(2025, 1, 2)}
    base |= {
        "termsDuration": "001",
        "accountStatus": "93",
        "paymentHistoryProfile": "G" * 3 + "B" * 21,
        "currentBalance": 500_00,
    }
    base |= {
        "dateAccountInformation": day,
        "dateFirstDelinquency": date(2024, 6, 1),
        "surname": "DOE",
        "firstName": "JANE",
    }
    base |= {
        "socialSecurityNumber": 666000000,
        "ecoaCode": "1",
        "firstLineAddress": "1 ST",
        "city": "X",
        "state": "MI",
        "zipCode": "1",
    }
    k1 = Record("k1", {"originalCreditorName": "BANK", "creditorClassification": 8})
    head = {"activityDate": day, "dateCreated": day, "reporterName": "AGENCY", "reporterAddress": "2 ST"}
    parts = values.pop("segments", [k1])
    return [Record("header", head), Record("base", {**base, **values}, parts), Record("trailer", {})]


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({}, []),
        ({"paymentRating": "G"}, ["payment-rating-not-allowed"]),
        (
            {
                "accountType": "18",
                "portfolioType": "R",
                "termsDuration": "REV",
                "accountStatus": "13",
                "currentBalance": 0,
            },
            ["payment-rating-missing"],
        ),
        (
            {
                "accountType": "18",
                "portfolioType": "R",
                "termsDuration": "REV",
                "accountStatus": "13",
                "currentBalance": 0,
                "paymentRating": "1",
                "dateFirstDelinquency": None,
            },
            ["first-delinquency-missing-for-rating"],
        ),
        (
            {"accountType": "18", "portfolioType": "R", "termsDuration": "REV", "accountStatus": "11"},
            ["first-delinquency-not-allowed"],
        ),
        (
            {
                "accountType": "18",
                "portfolioType": "R",
                "termsDuration": "REV",
                "accountStatus": "11",
                "consumerInformationIndicator": "A",
                "dateFirstDelinquency": None,
            },
            ["first-delinquency-missing-in-bankruptcy"],
        ),
        (
            {"accountType": "18", "portfolioType": "R", "termsDuration": "REV", "accountStatus": "97"},
            ["charge-off-amount-missing"],
        ),
        ({"dateFirstDelinquency": None}, ["first-delinquency-missing"]),
        ({"dateFirstDelinquency": date(2026, 4, 1)}, ["first-delinquency-in-order"]),
        ({"accountStatus": "62"}, ["balance-of-paid-account"]),
        ({"accountStatus": "71"}, ["agency-status"]),
        ({"accountStatus": "99"}, ["unknown_code", "agency-status"]),
        ({"portfolioType": "M", "termsDuration": "030"}, ["agency-portfolio"]),
        ({"termsDuration": "REV"}, ["terms-of-open"]),
        ({"segments": []}, ["original-creditor-missing"]),
        ({"segments": [], "accountStatus": "DA"}, []),
        ({"paymentHistoryProfile": "0B0" + "B" * 21}, ["history-form"]),
        ({"paymentHistoryProfile": "GGG"}, ["history-form"]),
        ({"complianceConditionCode": "XB"}, []),
        ({"complianceConditionCode": "XZ"}, ["unknown_code"]),
        ({"specialComment": "QQ"}, ["special-comment-unknown"]),
        ({"socialSecurityNumber": 0}, ["who-is-missing"]),
        ({"socialSecurityNumber": 0, "dateBirth": date(1980, 1, 1)}, []),
        ({"identificationNumber": "00000"}, ["identification-filled"]),
        ({"dateOpened": date(2026, 4, 1)}, ["opened-in-order"]),
        ({"surname": None}, ["required"]),
    ],
)
def test_rules_between_fields(values: dict[str, Any], codes: list[str]) -> None:
    found = list(layout().check(whole(**values)))
    assert [problem.code for problem in found] == codes
    assert all(problem.remedy and problem.number == 2 for problem in found)
    # The same of a file as of records that are to become one.
    again = list(check(io.BytesIO(layout().dump(whole(**values)))))
    assert [problem.code for problem in again] == codes


def test_a_trailer_that_does_not_count_is_found() -> None:
    items = whole()
    items[-1].values |= {"totalBaseRecords": 2, "totalOriginalCreditorSegments": 0}
    assert [(problem.field, problem.code) for problem in layout().check(items)] == [
        ("totalBaseRecords", "wrong_total"),
        ("totalOriginalCreditorSegments", "wrong_total"),
    ]
