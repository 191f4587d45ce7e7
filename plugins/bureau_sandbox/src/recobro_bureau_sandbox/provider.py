"""The sandbox bureau as Recobro sees it: a client of its HTTP interface."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from recobro_bureau_sandbox.client import SandboxClient
from recobro_bureau_sandbox.settings import SandboxBureauSettings
from recobro_sdk import (
    BureauObligation,
    BureauReport,
    Consent,
    JsonObject,
    Money,
    ObligationStatus,
    PluginContext,
    ProviderUnavailable,
    Purpose,
    Subject,
)

PROVIDER_CODE: Final = "bureau_sandbox"


class _Obligation(BaseModel):
    model_config = ConfigDict(strict=True)

    creditor: str
    balance_minor_units: int
    currency: str
    days_past_due: int = Field(ge=0)
    status: str


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True)

    inquiry: str = Field(min_length=1)
    score: int = Field(ge=150, le=950)
    obligations: list[_Obligation]


class SandboxBureau:
    """A `BureauProvider` for one agency."""

    def __init__(self, settings: SandboxBureauSettings, context: PluginContext) -> None:
        self._context = context
        self._client = SandboxClient(settings, context)

    async def fetch_report(
        self, subject: Subject, *, purpose: Purpose, consent: Consent, idempotency_key: str
    ) -> BureauReport:
        """Ask the sandbox bureau; see `BureauProvider.fetch_report`."""
        content = await self._post(subject, purpose, consent, idempotency_key)
        try:
            answer = _Answer.model_validate_json(content)
            report = self._report(answer)
        except ValueError:
            # `from None`: the error would carry the answer, which is personal data.
            raise ProviderUnavailable("the bureau's answer is not an answer", code="malformed_answer") from None
        self._context.log.info("bureau_answered", obligations=len(report.obligations))
        return report

    async def check(self) -> None:
        """Ask the bureau whether it accepts the key; see `Checkable.check`."""
        await self._client.ask("GET", "/v1/account")

    async def close(self) -> None:
        """Give the demonstration server back, if this provider started or joined it."""
        await self._client.close()

    async def _post(self, subject: Subject, purpose: Purpose, consent: Consent, key: str) -> bytes:
        # In the body and never in the address: addresses are written to logs on the way.
        inquiry: JsonObject = {
            "document_type": subject.document_type,
            "document_number": subject.document_number,
            "country": subject.country,
            "purpose": purpose.value,
            "consent_reference": consent.reference,
        }
        return await self._client.ask("POST", "/v1/inquiries", {"Idempotency-Key": key}, inquiry)

    def _report(self, answer: _Answer) -> BureauReport:
        obligations = tuple(
            BureauObligation(
                creditor_name=item.creditor,
                balance=Money(item.balance_minor_units, item.currency),
                days_past_due=item.days_past_due,
                status=ObligationStatus(item.status),
            )
            for item in answer.obligations
        )
        return BureauReport(
            provider=PROVIDER_CODE,
            reference=answer.inquiry,
            fetched_at=self._context.clock.now(),
            score=answer.score,
            obligations=obligations,
            raw=answer.model_dump(mode="json"),
        )
