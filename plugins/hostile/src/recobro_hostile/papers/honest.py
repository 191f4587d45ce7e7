"""The legal channel and the report that every defect starts from, and which have none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from recobro_sdk import (
    Artifact,
    CaseSummary,
    ColumnKind,
    DebtRow,
    DocumentKind,
    Dossier,
    Failed,
    HandoffReceipt,
    HandoffRef,
    JsonObject,
    LegalStage,
    Outcome,
    PluginContext,
    ProviderUnavailable,
    RejectedByProvider,
    ReportColumn,
    ReportData,
    ReportDescription,
    ReportFormat,
    ReportParams,
    ReportSink,
    Requirement,
    Risk,
    Settled,
    Text,
    ask_json,
)

COLUMNS: Final = (
    ReportColumn("debts", "reference", ColumnKind.TEXT, Text("Obligación", "Debt")),
    ReportColumn("debts", "balance", ColumnKind.MONEY, Text("Saldo", "Balance")),
)


class LawyersSettings(BaseModel):
    """How to reach the lawyers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: SecretStr = Field(min_length=8, description="Key that the lawyers gave the agency")
    base_url: str = Field(description="Address of the lawyers")


class ReportSettings(BaseModel):
    """How the report looks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    separator: str = Field(default=";", description="What stands between two columns")


class Case(BaseModel):
    """A case, as the lawyers write it."""

    model_config = ConfigDict(strict=True)

    number: str = Field(min_length=1)
    stage: str


class HonestLawyers:
    """A legal channel without a defect. Subclasses override the one step that they do wrong."""

    code: ClassVar[str] = "hostile_lawyers"

    def __init__(self, settings: LawyersSettings, context: PluginContext) -> None:
        self._settings, self._context = settings, context

    def requirements(self, case: CaseSummary) -> Sequence[Requirement]:
        """The checklist; see `LegalChannel.requirements`."""
        held = {document.kind for document in case.documents}
        return [self.power(held), self.note(held)]

    def power(self, held: set[DocumentKind]) -> Requirement:
        """What nothing is sent without."""
        return Requirement(
            code="power_of_attorney",
            title=Text("Poder", "Power of attorney"),
            satisfied=DocumentKind.POWER_OF_ATTORNEY in held,
            risk=Risk.BLOCKING,
            remedy=Text("Pida un poder vigente.", "Ask for a power in force."),
        )

    def note(self, held: set[DocumentKind]) -> Requirement:
        """What may come later."""
        return Requirement(
            code="contract",
            title=Text("Contrato", "Contract"),
            satisfied=DocumentKind.CONTRACT in held,
            risk=Risk.LOW,
            remedy=Text("Pida el contrato.", "Ask for the contract."),
        )

    async def submit(self, dossier: Dossier, *, idempotency_key: str) -> HandoffReceipt:
        """Hand a case over; see `LegalChannel.submit`."""
        known = await self.known(dossier, idempotency_key)
        if known is None:
            self.complete(dossier)
            answer = await self.ask("POST", "/v1/cases", idempotency_key, self.case(dossier))
            kept: JsonObject = {
                "case": self.print(dossier), "number": answer.number, "received_at": self.now().isoformat(),
            }  # fmt: skip
            # Of two calls with one key the first to come here is kept, and both give its receipt.
            await self._context.store.add(self.place(idempotency_key), kept)
            known = await self.known(dossier, idempotency_key) or kept
        return self.receipt(dossier, known)

    def complete(self, dossier: Dossier) -> None:
        """A case that lacks what blocks goes nowhere."""
        if not any(one.kind is DocumentKind.POWER_OF_ATTORNEY for one in dossier.case.documents):
            raise RejectedByProvider(self.refusal(dossier), code="requirements_unsatisfied")

    def refusal(self, dossier: Dossier) -> str:
        """In words."""
        return "something that blocks is missing"

    async def known(self, dossier: Dossier, key: str) -> JsonObject | None:
        """What was kept under the key."""
        kept = await self._context.store.get(self.place(key))
        if kept is not None and kept["case"] != self.print(dossier):
            raise RejectedByProvider("the key was used for another dossier", code="idempotency_key_reused")
        return kept

    async def status(self, handoff: HandoffRef) -> Outcome[LegalStage]:
        """How far the case is; see `LegalChannel.status`."""
        key = handoff.idempotency_key
        try:
            answer = await self.ask("GET", f"/v1/cases/{key}", key, None)
        except RejectedByProvider as error:
            if error.code == "not_received":
                return Failed("not_received", retryable=True)
            raise
        try:
            return Settled(LegalStage(answer.stage))
        except ValueError:
            raise ProviderUnavailable("nobody knows that stage", code="malformed_answer") from None

    async def ask(self, method: str, path: str, key: str, body: JsonObject | None) -> Case:
        """The lawyers' answer."""
        headers = {"Authorization": f"Bearer {self._settings.api_key.get_secret_value()}", "Idempotency-Key": key}
        url = f"{self._settings.base_url}{path}"
        return await ask_json(self._context, method, url, answer=Case, json=body, headers=headers)

    def case(self, dossier: Dossier) -> JsonObject:
        """What is sent."""
        claim = dossier.case.claim
        documents = [document.reference for document in dossier.case.documents]
        return {
            "reference": dossier.case.reference, "claim_minor_units": claim.minor_units, "currency": claim.currency,
            "documents": list(documents),
        }  # fmt: skip

    def receipt(self, dossier: Dossier, kept: JsonObject) -> HandoffReceipt:
        """What the host gets."""
        content = json.dumps(self.case(dossier), ensure_ascii=False).encode()
        return HandoffReceipt(
            channel=self.code,
            number=str(kept["number"]),
            received_at=datetime.fromisoformat(str(kept["received_at"])),
            artifacts=(Artifact(name="case.json", media_type="application/json", content=content),),
        )

    def now(self) -> datetime:
        """By the host's clock."""
        return self._context.clock.now()

    def place(self, key: str) -> str:
        """Where it is kept."""
        return f"handoff.{self.code}.{hashlib.sha256(key.encode()).hexdigest()}"

    def print(self, dossier: Dossier) -> str:
        """What tells one case from another."""
        return hashlib.sha256(json.dumps(self.case(dossier), sort_keys=True).encode()).hexdigest()


class HonestReport:
    """A report without a defect. Subclasses override the one step that they do wrong."""

    code: ClassVar[str] = "hostile_report"
    params: ClassVar[type[ReportParams]] = ReportParams
    media_type: ClassVar[str] = "text/csv"

    def __init__(self, settings: ReportSettings, context: PluginContext) -> None:
        self._settings, self._context = settings, context

    def describe(self) -> ReportDescription:
        """What the report is; see `ClientReport.describe`."""
        return ReportDescription(
            code=self.code,
            title=Text("Informe", "Report"),
            params=self.params,
            formats=(ReportFormat("csv", "text/csv"),),
            columns=COLUMNS,
        )

    async def build(self, data: ReportData, params: ReportParams, sink: ReportSink) -> None:
        """Write the report; see `ClientReport.build`."""
        async with sink.open("debts.csv", self.media_type) as file:
            await file.write(self.titles(params).encode())
            async for row in self.rows(data):
                await file.write(self.line(row).encode())

    def rows(self, data: ReportData) -> AsyncIterator[DebtRow]:
        """What is listed."""
        return data.debts()

    def titles(self, params: ReportParams) -> str:
        """The first line."""
        return self.joined([column.title.localised(params.language) for column in COLUMNS])

    def line(self, row: DebtRow) -> str:
        """One debt."""
        return self.joined([row.reference, row.balance.to_text()])

    def joined(self, cells: list[str]) -> str:
        """A line of cells."""
        return self._settings.separator.join(f'"{cell}"' for cell in cells) + "\r\n"
