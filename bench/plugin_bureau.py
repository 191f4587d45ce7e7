"""A bureau that does nothing but wait as long as the subject's document number says: for `bench.plugin_call`."""

import asyncio
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from recobro_sdk import (
    BureauProvider,
    BureauReport,
    Capability,
    Consent,
    Offer,
    PluginContext,
    PluginManifest,
    PluginScope,
    Purpose,
    Subject,
    hookimpl,
)


class Settings(BaseModel):
    """None."""

    model_config = ConfigDict(extra="forbid")


class WaitingBureau:
    """A `BureauProvider`."""

    def __init__(self, settings: Settings, context: PluginContext) -> None:
        self._context = context

    async def fetch_report(
        self, subject: Subject, *, purpose: Purpose, consent: Consent, idempotency_key: str
    ) -> BureauReport:
        """See `BureauProvider.fetch_report`."""
        seconds = float(subject.document_number)
        if seconds:
            await asyncio.sleep(seconds)
        return BureauReport(provider="bench_bureau", reference=idempotency_key, fetched_at=datetime.now(UTC), score=700)


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return PluginManifest(
        name="bench_bureau",
        version="1.0",
        summary="Waits",
        maintainer="Recobro",
        homepage="https://recobro.example",
        capabilities=frozenset({Capability.BUREAU}),
        scopes=(PluginScope("debtor:document:read", "Is told how long to wait."),),
    )


@hookimpl
def recobro_bureaus() -> list[Offer[BureauProvider]]:
    """The one bureau."""
    return [Offer(code="bench_bureau", summary="Waits", build=WaitingBureau, settings=Settings)]
