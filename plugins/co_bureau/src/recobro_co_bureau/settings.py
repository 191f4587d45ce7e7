"""Settings of the furnisher, filled in by an agency's administrator."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recobro_co_bureau.answers import answer_layout_of
from recobro_co_bureau.contract import layout_of
from recobro_sdk import Language


class CoBureauSettings(BaseModel):
    """The contract's layout and codes, and what the law leaves open."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    layout: str = Field(
        default="", max_length=200_000, description="Schema of the operator's file, TOML or JSON; empty for the default"
    )
    answer_layout: str = Field(
        default="",
        max_length=200_000,
        description="Schema of the file that the operator answers with, TOML or JSON; empty for the default",
    )
    codes: dict[str, dict[str, str]] = Field(
        default_factory=dict[str, dict[str, str]],
        max_length=20,
        description="The operator's codes, by field and our code: status, action, link, arrears_band, legend, ...; "
        "field: its names of the fields at fault, in its answer",
    )
    strict_waiting: bool = Field(
        default=True, description="Report on the 21st day after the notice (strict) and not on the 20th"
    )
    minimum_wages: dict[int, int] = Field(
        default_factory=dict[int, int],
        max_length=50,
        description="Monthly legal minimum wage in whole pesos, of years that are not known yet",
    )
    language: Language = Field(default="es", description="Language of the reasons for a refusal")

    @model_validator(mode="after")
    def _usable(self) -> Self:
        layout_of(self.layout, self.codes)
        answer_layout_of(self.answer_layout)
        if any(not 1991 <= year <= 2200 or pesos <= 0 for year, pesos in self.minimum_wages.items()):
            raise ValueError("a minimum wage is an amount of whole pesos for a year")
        return self
