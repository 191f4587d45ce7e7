"""What the law of Colombia asks before a debt is reported to a bureau (rule cards CO-BUR), as data and words.

The gate itself is part of the statement that reads the debts (furnishing_sql.py): one pass, whatever their number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from uuid import UUID

from recobro_sdk import Decision, JsonObject, Verdict

WAITING_DAYS = 20
"""Calendar days between the notice and the report, the day of sending not counted (CO-BUR-01)."""
FIRST_REPORT_MONTHS = 18
EXPIRY_YEARS = 8
PERMANENCE_YEARS = 4
SMALL_PERCENT = 15
"""A debt of at most so much of the monthly minimum wage needs two notices on different days (CO-BUR-02)."""
MINIMUM_WAGES: Mapping[int, int] = MappingProxyType({2026: 1_750_905})
"""Whole pesos by year (SMMLV). In a year that is not here every debt is taken for a small one."""

_CITATIONS: Mapping[str, str] = MappingProxyType(
    {
        "CO-BUR-01": "Ley 1266 de 2008 art. 12",
        "CO-BUR-02": "Ley 1266 de 2008 art. 13 par. 2 (Ley 2157 de 2021)",
        "CO-BUR-03": "Ley 2157 de 2021",
        "CO-BUR-04": "Ley 1266 de 2008 art. 13",
        "CO-BUR-05": "Ley 1266 de 2008 art. 13 par. 1",
        "CO-BUR-06": "Ley 1266 de 2008 art. 12",
        "CO-BUR-09": "Ley 1266 de 2008 art. 6",
    }
)
_REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "NO_RULES": "Nothing is reported for a creditor of this country: its rules are not known here.",
        "NO_DOCUMENT": "Add the debtor's identity document.",
        "CO-BUR-01": "Send the prior notice, keep its proof, and wait for 20 calendar days.",
        "CO-BUR-02": "Send the second notice, on another day, and wait for 20 calendar days.",
        "CO-BUR-03": "Do not report it: the 18 months for a first report are over.",
        "CO-BUR-05": "Do not report it: its negative datum has expired.",
        "CO-BUR-09": "Get the debtor's express authorisation, and record it.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A debt that may not be reported now: by which rule, from which day on it may (if it is to wait), what to do."""

    debt_id: UUID
    reference: str
    rule: str
    from_day: date | None
    remedy: str


def withheld(debt_id: UUID, reference: str, rule: str, from_day: date | None) -> Withheld:
    """A debt that the gate does not let out, in words."""
    remedy = f"Report it from {from_day} on." if from_day else _REMEDIES[rule]
    return Withheld(debt_id=debt_id, reference=reference, rule=rule, from_day=from_day, remedy=remedy)


def let_out(rule: str, inputs: JsonObject) -> Decision:
    """The decision by which a record goes out; `inputs` are the facts it rests on."""
    return Decision(verdict=Verdict.ALLOW, rule=rule, rule_version=1, citation=_CITATIONS[rule], inputs=inputs)
