"""A report's contract as it crosses to the plugin's process, where its data and its files are asked for in pieces."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from recobro_sdk import JsonObject, ReportColumn, ReportFormat, Text

STREAMS: Mapping[str, str] = {
    "debts": "debt:list:read",
    "payments": "payment:list:read",
    "months": "payment:list:read",
    "statements": "remittance:list:read",
    "batches": "placement:list:read",
}
"""The streams of a report's data, and what a manifest must ask for to read each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAbout:
    """What a report is about, beside its rows; see `recobro_sdk.ReportData`."""

    creditor_name: str
    agency_name: str
    currency: str
    period_from: date
    period_to: date
    generated_at: datetime


@dataclass(frozen=True, slots=True)
class ParamsProblem:
    """Why a report does not take its parameters: the field (dotted, empty for all of them), and what is wrong."""

    field: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedReport:
    """What a report is (`recobro_sdk.ReportDescription`), and what its model makes of the parameters that were given:
    all of them with their defaults, or the `problem`."""

    code: str
    title: Text
    formats: tuple[ReportFormat, ...]
    columns: tuple[ReportColumn, ...]
    params_schema: JsonObject
    params: JsonObject
    problem: ParamsProblem | None


class ReportCalls(Protocol):
    """What the host calls of a report."""

    async def describe(self, values: JsonObject) -> DescribedReport:
        """What the report is, with these parameters (the period included)."""
        ...

    async def build(self, params: JsonObject, about: ReportAbout) -> None:
        """Write the files. While it runs, the other side may ask for `rows`, and to `open`, `write` and `end` files."""
        ...
