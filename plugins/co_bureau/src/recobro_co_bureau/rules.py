"""The rule cards and their figures, read from the data file beside this module."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from recobro_sdk import Text
from recobro_sdk.jurisdiction import RuleSource

PACKAGE: Final = "recobro_co_bureau"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The numbers of the law: calendar days, percent of the minimum wage, months, a factor, years."""

    waiting_days: int
    small_percent: int
    first_report_months: int
    permanence_factor: int
    permanence_years: int
    expiry_years: int
    update_months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """All rules by their codes, their figures, minimum wages (whole pesos by year), and legends by their reason."""

    rules: dict[str, RuleSource] = field(repr=False)
    figures: Figures
    minimum_wages: dict[int, int]
    legends: dict[str, str]


@cache
def rule_book() -> RuleBook:
    """The rule cards; read once."""
    raw: dict[str, Any] = tomllib.loads(files(PACKAGE).joinpath("co_bur.toml").read_text("utf-8"))
    rules = [
        RuleSource(
            rule=one["rule"],
            version=one["version"],
            citation=one["citation"],
            summary=Text(one["es"], one["en"]),
            effective_from=one["effective_from"],
        )
        for one in raw["rules"]
    ]
    return RuleBook(
        rules={one.rule: one for one in rules},
        figures=Figures(**raw["figures"]),
        minimum_wages={int(year): pesos for year, pesos in raw["minimum_wages"].items()},
        legends=dict(raw["legends"]),
    )
