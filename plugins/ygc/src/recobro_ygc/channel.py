"""The channel as Recobro sees it, whichever way its files go."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Final

from pydantic import TypeAdapter

from recobro_sdk import (
    CaseNews,
    CaseSummary,
    Dossier,
    Failed,
    HandoffReceipt,
    HandoffRef,
    JsonObject,
    LegalStage,
    Outcome,
    Pending,
    PluginContext,
    RejectedByProvider,
    Requirement,
    Settled,
)
from recobro_ygc.direct import CHANNELS, FirmsOwn, Told, told_as
from recobro_ygc.exchange import Exchange, Session
from recobro_ygc.gateway import HttpExchange
from recobro_ygc.handoffs import Handoff, Handoffs
from recobro_ygc.inbox import Inbox
from recobro_ygc.kept import KeptRecords
from recobro_ygc.news import news
from recobro_ygc.placement import placement, written
from recobro_ygc.records import Account
from recobro_ygc.requirements import requirements
from recobro_ygc.settings import YgcHttpSettings, YgcSettings, YgcSftpSettings
from recobro_ygc.sftp import SftpExchange

SFTP_CODE, HTTP_CODE = CHANNELS
SUFFIX: Final = ".ygc"


class YgcChannel:
    """A `LegalChannel` and `CaseFollower` for one agency and one law firm."""

    def __init__(self, settings: YgcSettings, context: PluginContext, exchange: Exchange, code: str) -> None:
        self._settings, self._context, self._exchange, self._code = settings, context, exchange, code
        self._handoffs = Handoffs(context.store, context.agency, code)
        self._kept, self._told = KeptRecords(context.store), KeptRecords(context.store, "told")
        self._inbox = Inbox(settings, context, self._handoffs, self._kept, code)

    def requirements(self, case: CaseSummary) -> Sequence[Requirement]:
        """What has to be true before an account is forwarded; see `LegalChannel.requirements`."""
        return requirements(self._settings, case, self._today())

    async def submit(self, dossier: Dossier, *, idempotency_key: str) -> HandoffReceipt:
        """Forward an account as one file; see `LegalChannel.submit`.

        Raises `RejectedByProvider` also with `too_many_debtors` and `unwritable_text`. The receipt says that the file
        lies with the firm; that the firm has seen it is what its first record tells.
        """
        packed = await self._packed(dossier, idempotency_key)
        at = await self._handoffs.delivered_at(idempotency_key)
        if at is None:
            async with self._exchange.visit() as there:
                await there.send(packed.file_name, packed.data)
            at = await self._handoffs.delivered(idempotency_key, self._context.clock.now())
            self._context.log.info("account_forwarded", file_number=packed.file_number)
        return packed.receipt(self._code, at)

    async def status(self, handoff: HandoffRef) -> Outcome[LegalStage]:
        """How far the firm is; see `LegalChannel.status`. Pending while it has said nothing."""
        found = await self.news(handoff)
        return Settled(found.value.stage) if isinstance(found, Settled) else found

    async def news(self, handoff: HandoffRef) -> Outcome[CaseNews]:
        """What the firm tells of a case; see `CaseFollower.news`. Reads everything that it has left meanwhile."""
        packed = await self._handoffs.known(handoff.idempotency_key)
        if packed is None:
            return Failed("not_received", retryable=True)
        async with self._exchange.visit() as there:
            if not await self._is_delivered(there, packed, handoff.idempotency_key):
                return Failed("not_received", retryable=True)
            told = await self._tell_payments(there, packed)
            await self._inbox.read(there)
        found = news(await self._kept.of(packed.file_number), told, self._settings)
        return Pending() if found is None else Settled(found)

    async def check(self) -> None:
        """Try the settings without an effect; see `Checkable.check`."""
        await self._exchange.check()

    async def _packed(self, dossier: Dossier, key: str) -> Handoff:
        print_of = hashlib.sha256(_DOSSIER.dump_json(dossier)).hexdigest()
        known = await self._handoffs.same(key, print_of)
        if known is not None:
            return known
        blocking = [line.code for line in self.requirements(dossier.case) if line.blocks]
        if blocking:
            raise RejectedByProvider(
                f"unsatisfied requirements: {', '.join(blocking)}", code="requirements_unsatisfied"
            )
        number = await self._handoffs.number(key)
        account = Account(
            file_number=number,
            creditor_account=dossier.case.reference,
            forwarder=self._settings.forwarder_id,
            firm=self._settings.firm_id,
        )
        content = placement(dossier, account, self._settings, self._today())
        handoff = Handoff(
            dossier=print_of,
            file_number=number,
            file_name=f"{self._settings.forwarder_id.replace('.', '-')}_{number}{SUFFIX}",
            content=base64.b64encode(content).decode(),
        )
        return await self._handoffs.pack(key, handoff)

    async def _is_delivered(self, there: Session, packed: Handoff, key: str) -> bool:
        if await self._handoffs.delivered_at(key) is not None:
            return True
        if not await there.arrived(packed.file_name):
            return False
        await self._handoffs.delivered(key, self._context.clock.now())
        return True

    async def _tell_payments(self, there: Session, packed: Handoff) -> list[Told]:
        """The payments to the creditor of which the firm knows by our records 12: each in a file of its own, sent once.

        A payment that the host has booked because the firm told it is not told back to it. That is decided once, and
        noted before anything is sent: what the firm answers cannot make one of ours its own.
        """
        heard = await self._kept.of(packed.file_number)
        told, firms_own = list[Told](), FirmsOwn(heard)
        for place, kept in enumerate(await self._told.of(packed.file_number), start=1):
            record = told_as(packed.account, kept.record)
            name = f"{packed.file_name.removesuffix(SUFFIX)}_{place}{SUFFIX}"
            decided = await self._context.store.get(f"own.{name}")
            sent = await self._context.store.get(f"sent.{name}")
            if decided is None:
                # What was sent before anything was decided is ours, and whatever came may be its answer.
                first = sent is None
                own = first and firms_own.has(record)
                decided: JsonObject | None = {"own": own, "after": len(heard) if first else 0}
                await self._context.store.put(f"own.{name}", decided)
            if decided["own"]:
                firms_own.take(record)
                continue
            if sent is None:
                await there.send(name, written([record]))
                await self._context.store.put(f"sent.{name}", {"at": self._context.clock.now().isoformat()})
            told.append(Told(record, int(str(decided["after"]))))
        return told

    def _today(self) -> date:
        return self._context.clock.now().date()


_DOSSIER: TypeAdapter[Dossier] = TypeAdapter(Dossier)


def over_sftp(settings: YgcSftpSettings, context: PluginContext) -> YgcChannel:
    """The channel with files over SFTP."""
    return YgcChannel(settings, context, SftpExchange(settings, context), SFTP_CODE)


def over_http(settings: YgcHttpSettings, context: PluginContext) -> YgcChannel:
    """The channel with files over HTTP."""
    return YgcChannel(settings, context, HttpExchange(settings, context), HTTP_CODE)
