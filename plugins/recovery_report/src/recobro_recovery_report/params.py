"""What the report can be asked for, and what an agency sets once."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from recobro_sdk import ReportParams


class RecoveryReportParams(ReportParams):
    """Period, language and files of one report."""

    formats: frozenset[Literal["xlsx", "csv"]] = Field(
        default=frozenset({"xlsx", "csv"}), min_length=1, description="Files to produce: a workbook, CSV files, or both"
    )


class RecoveryReportSettings(BaseModel):
    """What is the same in every report of an agency."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    footer: str = Field(default="", max_length=300, description="Note of the agency at the foot of the summary")
