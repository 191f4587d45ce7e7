"""The sandbox bureau as Recobro sees it: a client of its HTTP interface."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import httpx
from pydantic import BaseModel, ConfigDict, Field

from recobro_bureau_sandbox.demo import SHARED
from recobro_bureau_sandbox.settings import SandboxBureauSettings
from recobro_sdk import (
    AuthenticationFailed,
    BureauObligation,
    BureauReport,
    Consent,
    Money,
    ObligationStatus,
    PluginContext,
    ProviderTimeout,
    ProviderUnavailable,
    Purpose,
    RateLimited,
    RejectedByProvider,
    Subject,
    SubjectNotFound,
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
        self._settings = settings
        self._context = context
        self._joining: asyncio.Task[str] | None = None

    async def fetch_report(
        self, subject: Subject, *, purpose: Purpose, consent: Consent, idempotency_key: str
    ) -> BureauReport:
        """Ask the sandbox bureau; see `BureauProvider.fetch_report`."""
        response = await self._post(subject, purpose, consent, idempotency_key)
        if response.status_code != HTTPStatus.OK:
            raise _refusal(response, self._context.clock.now())
        try:
            answer = _Answer.model_validate_json(response.content)
            report = self._report(answer)
        except ValueError:
            # `from None`: the error would carry the answer, which is personal data.
            raise ProviderUnavailable("the bureau's answer is not an answer", code="malformed_answer") from None
        self._context.log.info("bureau_answered", obligations=len(report.obligations))
        return report

    async def check(self) -> None:
        """Ask the bureau whether it accepts the key; see `Checkable.check`."""
        response = await self._send("GET", "/v1/account", {}, None)
        if response.status_code != HTTPStatus.OK:
            raise _refusal(response, self._context.clock.now())

    async def close(self) -> None:
        """Give the demonstration server back, if this provider started or joined it."""
        joining, self._joining = self._joining, None
        if joining is not None:
            await asyncio.wait({joining})
            if joining.exception() is None:
                await asyncio.to_thread(SHARED.release)

    async def _post(self, subject: Subject, purpose: Purpose, consent: Consent, key: str) -> httpx.Response:
        # In the body and never in the address: addresses are written to logs on the way.
        inquiry = {
            "document_type": subject.document_type,
            "document_number": subject.document_number,
            "country": subject.country,
            "purpose": purpose.value,
            "consent_reference": consent.reference,
        }
        return await self._send("POST", "/v1/inquiries", {"Idempotency-Key": key}, inquiry)

    async def _send(
        self, method: str, path: str, headers: dict[str, str], body: dict[str, str] | None
    ) -> httpx.Response:
        url = f"{(self._settings.base_url or await self._demo()).rstrip('/')}{path}"
        headers = {"Authorization": f"Bearer {self._settings.api_key.get_secret_value()}", **headers}
        timeout = self._settings.timeout_ms / 1000
        try:
            return await self._context.http.request(method, url, json=body, headers=headers, timeout=timeout)
        except httpx.TimeoutException as error:
            raise ProviderTimeout("the bureau did not answer in time") from error
        except httpx.RequestError as error:
            raise ProviderUnavailable("the bureau cannot be reached or broke off its answer") from error

    async def _demo(self) -> str:
        if self._joining is None:
            key = self._settings.api_key.get_secret_value()
            self._joining = asyncio.create_task(asyncio.to_thread(SHARED.acquire, key))
        try:
            # Shielded: a call that is cancelled meanwhile must not leave a user behind that close() does not know.
            return await asyncio.shield(self._joining)
        except OSError as error:
            self._joining = None
            raise ProviderUnavailable("the demonstration bureau could not be started") from error

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


def _refusal(response: httpx.Response, now: datetime) -> Exception:
    status = response.status_code
    if status in (401, 403):
        return AuthenticationFailed("the bureau does not accept the agency's key")
    if status == 404 and _code(response) == "subject_not_found":
        return SubjectNotFound("the bureau knows nobody by that document")
    if status == 429:
        return RateLimited("the bureau asks to slow down", after=_retry_after(response, now))
    if status >= 500:
        return ProviderUnavailable(f"the bureau failed with status {status}")
    return RejectedByProvider(f"the bureau refused the inquiry with status {status}", code=_code(response))


def _code(response: httpx.Response) -> str | None:
    # Only a short identifier is taken over: the rest of the answer may repeat what was sent.
    found = re.fullmatch(rb'\{"code": ?"([a-z_]{1,40})"\}', response.content)
    return found[1].decode() if found else None


def _retry_after(response: httpx.Response, now: datetime) -> timedelta | None:
    value = response.headers.get("Retry-After", "")
    if value.isdecimal():
        return timedelta(seconds=int(value))
    try:
        return max(parsedate_to_datetime(value) - now, timedelta())
    except (TypeError, ValueError):
        return None  # absent or unreadable: the host falls back to its own delay
