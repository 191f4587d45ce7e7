"""What a report can be asked for, and what an agency sets once."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recobro_sdk import ReportParams


class CreditorReportParams(ReportParams):
    """Period, language and files of one report."""

    formats: frozenset[Literal["csv", "xlsx", "pdf", "json"]] = Field(
        default=frozenset({"csv", "xlsx", "pdf", "json"}), min_length=1, description="Kinds of file to produce"
    )


class CreditorReportSettings(BaseModel):
    """What is the same in every report of an agency."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    footer: str = Field(default="", max_length=300, description="Note of the agency at the foot of the summary")
    ageing_bounds: tuple[int, ...] = Field(
        default=(30, 60, 90, 120, 150, 180),
        min_length=1,
        max_length=24,
        description="Upper days past due of every ageing bucket but the last",
    )

    @model_validator(mode="after")
    def _bounds_rise(self) -> Self:
        if self.ageing_bounds[0] < 1 or any(before >= after for before, after in pairwise(self.ageing_bounds)):
            raise ValueError("the bounds of the buckets are days above 0, each above the one before")
        return self
