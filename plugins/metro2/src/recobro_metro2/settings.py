"""Settings of the furnisher, filled in by an agency's administrator."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from recobro_metro2.forms import layout


class Metro2Settings(BaseModel):
    """Who furnishes, and under which numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reporter_address: str = Field(min_length=10, max_length=96, description="Mailing address of who sends the file")
    reporter_phone: str = Field(pattern=r"^\d{10}$", description="Telephone of who sends the file, ten digits")
    equifax_program: str = Field(default="", max_length=10, description="Program identifier given by Equifax")
    experian_program: str = Field(default="", max_length=5, description="Program identifier given by Experian")
    innovis_program: str = Field(default="", max_length=10, description="Program identifier given by Innovis")
    transunion_program: str = Field(default="", max_length=10, description="Program identifier given by TransUnion")
    creditor_classes: dict[str, int] = Field(
        default_factory=dict[str, int],
        max_length=200,
        description="Metro 2 creditor classification (1 retail, 2 medical, 8 banking, ...) for each creditor class",
    )
    default_class: int = Field(
        default=12, ge=1, le=15, description="Classification of a creditor whose class is not listed; 12 is financial"
    )

    @field_validator("creditor_classes")
    @classmethod
    def _known_classes(cls, value: dict[str, int]) -> dict[str, int]:
        fields = layout().part("k1").fields
        known = next(field.codes for field in fields if field.name == "creditorClassification") or {}
        if any(str(code) not in known for code in value.values()):
            raise ValueError("a creditor classification is a number from 1 to 15")
        return value
