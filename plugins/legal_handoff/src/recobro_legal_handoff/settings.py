"""Settings of the hand-off, filled in by an agency's administrator."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class LegalHandoffSettings(BaseModel):
    """To whom cases go, and how early."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    firm_name: str = Field(min_length=3, max_length=120, description="Law firm that receives the cases")
    firm_city: str = Field(default="Bogotá D.C.", max_length=60, description="City where the firm files")
    filing_margin_days: int = Field(
        default=10,
        ge=0,
        le=180,
        description="Days that the firm needs before the time bar; a case with fewer left is marked as urgent",
    )
