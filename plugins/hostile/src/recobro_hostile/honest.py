"""The bureau that every defect starts from, and which has none: a client of the SDK's fake bureau."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from recobro_sdk import (
    BureauObligation,
    BureauReport,
    Consent,
    JsonObject,
    Money,
    ObligationStatus,
    PluginContext,
    Purpose,
    Subject,
    SubjectNotFound,
    ask_json,
)


class HonestSettings(BaseModel):
    """How to reach the bureau."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: SecretStr = Field(min_length=8, description="Key that the bureau gave the agency")
    base_url: str = Field(description="Address of the bureau")


class Line(BaseModel):
    """One obligation, as the bureau writes it."""

    model_config = ConfigDict(strict=True)

    creditor: str
    balance_minor_units: int
    currency: str
    days_past_due: int = Field(ge=0)
    status: str


class Answer(BaseModel):
    """What the bureau answers."""

    model_config = ConfigDict(strict=True)

    inquiry: str = Field(min_length=1)
    score: int
    obligations: list[Line]


class HonestBureau:
    """A bureau without a defect. Subclasses override the one step that they do wrong."""

    code: ClassVar[str] = "hostile_honest"

    def __init__(self, settings: HonestSettings, context: PluginContext) -> None:
        self._settings, self._context = settings, context

    async def fetch_report(
        self, subject: Subject, *, purpose: Purpose, consent: Consent, idempotency_key: str
    ) -> BureauReport:
        """Ask the bureau; see `BureauProvider.fetch_report`."""
        return self.report(await self.asked(self.inquiry(subject, purpose, consent), idempotency_key), subject)

    def inquiry(self, subject: Subject, purpose: Purpose, consent: Consent) -> JsonObject:
        """What is sent."""
        return {
            "document_type": subject.document_type,
            "document_number": subject.document_number,
            "country": subject.country,
            "purpose": purpose.value,
            "consent_reference": consent.reference,
        }

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """The bureau's answer."""
        return await ask_json(
            self._context,
            "POST",
            f"{self._settings.base_url}/v1/inquiries",
            answer=Answer,
            json=inquiry,
            headers=self.headers(key),
            refusals={"subject_not_found": SubjectNotFound},
        )

    def headers(self, key: str) -> dict[str, str]:
        """Who asks, and for which inquiry."""
        return {"Authorization": f"Bearer {self._settings.api_key.get_secret_value()}", "Idempotency-Key": key}

    def report(self, answer: Answer, subject: Subject, **changes: Any) -> BureauReport:
        """The answer as the host wants it."""
        lines = tuple(
            BureauObligation(
                creditor_name=line.creditor,
                balance=Money(line.balance_minor_units, line.currency),
                days_past_due=line.days_past_due,
                status=ObligationStatus(line.status),
            )
            for line in answer.obligations
        )
        values: dict[str, Any] = {
            "provider": self.code,
            "reference": answer.inquiry,
            "fetched_at": self._context.clock.now(),
            "score": answer.score,
            "obligations": lines,
            "raw": answer.model_dump(mode="json"),
        }
        return BureauReport(**{**values, **changes})
