"""A credit bureau behind the integrator's server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, cast

from recobro_remote.exchange import Exchange
from recobro_remote.protocol import FETCH_REPORT
from recobro_remote.settings import RemoteSettings
from recobro_sdk import BureauReport, Capability, Consent, JsonObject, PluginContext, Purpose, Subject

BUREAU_CODE: Final = "remote_bureau"


class RemoteBureau:
    """A `BureauProvider` for one agency."""

    def __init__(self, settings: RemoteSettings, context: PluginContext) -> None:
        self._exchange = Exchange(settings, context, BUREAU_CODE)

    async def fetch_report(
        self, subject: Subject, *, purpose: Purpose, consent: Consent, idempotency_key: str
    ) -> BureauReport:
        """Ask the server; see `BureauProvider.fetch_report`. The document number is struck out of the raw answer."""
        asked = {"subject": subject, "purpose": purpose, "consent": consent, "idempotency_key": idempotency_key}
        report: BureauReport = await self._exchange.ask(FETCH_REPORT, asked, key=idempotency_key)
        return replace(report, raw=cast("JsonObject", _without(report.raw, subject.document_number)))

    async def check(self) -> None:
        """Try the settings without an inquiry; see `Checkable.check`."""
        await self._exchange.check(Capability.BUREAU)


def _without(value: Any, number: str) -> Any:
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {key.replace(number, "[document]"): _without(item, number) for key, item in items}
    if isinstance(value, list):
        return [_without(item, number) for item in cast("list[Any]", value)]
    if isinstance(value, str):
        return value.replace(number, "[document]")
    return "[document]" if type(value) is int and number in str(value) else value
