"""Every contract of the SDK is a kind of offer: found, enabled with settings that are tried, and called over the wire."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from core.kit.db import Database
from core.kit.errors import Conflict, InvalidInput
from core.kit.scope import Scope
from core.plugin_host import host
from core.plugin_host.call import call
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.kinds import CallOutcome
from core.plugin_host.offers import (
    BUREAU_FURNISHING,
    IDENTIFIER_VALIDATOR,
    JURISDICTION,
    KINDS,
    MESSAGE_CHANNEL,
    PAYMENT_GATEWAY,
    SCORER,
    OfferKind,
)
from core.plugin_host.remote import plain
from recobro_sdk import (
    ChannelKind,
    ChargeIntent,
    ContactAction,
    ContactPermit,
    ContactPurpose,
    ContactRequest,
    GatewayRefund,
    Identifier,
    InboundCall,
    Message,
    MessageState,
    Money,
    Offer,
    PartyRole,
    PaymentIntent,
    PaymentRef,
    Recipient,
    RefundIntent,
    Settled,
    SubjectKind,
    SubmissionRef,
    Verdict,
)
from recobro_sdk.hooks import CONTRACTS
from recobro_sdk.testing import furnishing_batch, furnishing_record, some_debt
from tests.core.every_kind_plugin import Channel, Gateway, Settings
from tests.core.house import make_agency
from tests.core.plugin_house import calls, offer, plugin

EVERY = EntryPoint("every", "tests.core.every_kind_plugin", "recobro")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OF: dict[str, OfferKind[Any]] = {
    "every_furnisher": BUREAU_FURNISHING,
    "every_channel": MESSAGE_CHANNEL,
    "every_gateway": PAYMENT_GATEWAY,
    "every_pack": JURISDICTION,
    "every_scorer": SCORER,
    "every_validator": IDENTIFIER_VALIDATOR,
}


@pytest.fixture
async def north(database: Database) -> AsyncIterator[Scope]:
    host.load(found=[EVERY], strict=True)
    yield await make_agency("north")
    await host.close(end=False)
    host.load(found=[])


def test_each_contract_is_a_kind_with_its_own_hook_and_what_it_needs_is_enforced() -> None:
    contracts = {contract.capability: contract for contract in CONTRACTS}
    # A layout is plain data: nobody builds it, and it has no settings.
    assert {kind.capability for kind in KINDS} == {code for code in contracts if code != "file_layout"}
    for kind in KINDS:
        known = contracts[kind.capability]
        assert kind.hook == known.hook and known.protocol in (kind.contract, None)
    host.load(found=[])
    for kind in OF.values():
        made = plugin("bad", skip_scopes=5, **{kind.hook: lambda: [offer("bad", dict)]})
        reason = host.register("bad", made).reason or ""
        assert all(scope in reason for scope in kind.needs) and kind.needs, reason
        host.load(found=[])


async def test_they_are_listed_enabled_where_their_settings_are_good_and_called(north: Scope) -> None:
    (status,) = host.plugins()
    assert {one.code: one.kind for one in status.offers} == {code: kind.capability for code, kind in OF.items()}
    for code, kind in OF.items():
        assert [one.code for one in host.offers(kind)] == [code]
        for settings in ({"api_key": "refused"}, {"api_key": "a key", "speed": 1}, {}):
            with pytest.raises(InvalidInput) as refused:
                await enable_offer(north, code, settings)
            assert refused.value.code == "SETTINGS_INVALID"
        with pytest.raises(Conflict) as caught:
            await call(north, kind, code, "describe", _nothing, answer=object)
        assert caught.value.code == "OFFER_NOT_ENABLED" and caught.value.field == kind.field
        await enable_offer(north, code, {"api_key": "a key"})

    await _furnishes(north)
    await _writes(north)
    await _takes_money(north)
    await _decides(north)
    rows = await calls(north)
    assert {row["offer"] for row in rows} == set(OF)
    assert {row["outcome"] for row in rows} == {CallOutcome.SETTLED}


async def _nothing(_: Any) -> None:
    raise AssertionError("it is not enabled")


async def _ask(scope: Scope, code: str, func: Callable[[Any], Awaitable[Any]]) -> Any:
    return await call(scope, OF[code], code, "asked", func, answer=object)


async def _furnishes(north: Scope) -> None:
    batch = furnishing_batch(furnishing_record(), furnishing_record("X-2"))
    (reject,) = await _ask(north, "every_furnisher", lambda it: it.problems(batch))
    assert (reject.reference, reject.code) == ("X-2", "no_contract")
    sent = await _ask(north, "every_furnisher", lambda it: it.submit(batch, idempotency_key="k1"))
    assert sent.artifacts[0].content == b"\x00\xff"
    status = await _ask(north, "every_furnisher", lambda it: it.status(SubmissionRef("k1")))
    assert isinstance(status, Settled) and status.value.accepted == 2
    read = await _ask(north, "every_furnisher", lambda it: it.read_acknowledgement(sent.artifacts[0]))
    assert read.accepted == 2, "an optional part of the contract crosses, too"


async def _writes(north: Scope) -> None:
    to = Recipient(address="+573001234567", name="Ana")
    message = Message(kind=ChannelKind.SMS, to=to, language="es", template="reminder@1", body="Hola")
    permit = ContactPermit(
        reference="permit-1", decided_at=NOW, expires_at=NOW + timedelta(minutes=5), decided_by=("CO-HOUR-01@1",)
    )
    sent = await _ask(north, "every_channel", lambda it: it.send(message, permit=permit, idempotency_key="k"))
    assert (sent.number, sent.cost) == ("sms:permit-1:k", Money(9000, "COP"))
    inbound = InboundCall(method="POST", path="/", headers=(), body=b"77", received_at=NOW)
    (event,) = await _ask(north, "every_channel", lambda it: it.parse_callback(inbound))
    assert (event.number, event.state) == ("77", MessageState.READ)


async def _takes_money(north: Scope) -> None:
    amount = Money(5_000_00, "COP")
    intent = PaymentIntent(reference="r", amount=amount, description="Pago")
    link = await _ask(north, "every_gateway", lambda it: it.create_link(intent, idempotency_key="k"))
    paid = await _ask(north, "every_gateway", lambda it: it.fetch(PaymentRef("k", link.number)))
    assert paid.value.amount == amount and paid.value.number == "k"
    refund = RefundIntent(number="k", amount=Money(1, "COP"), reason="Doble")
    back = await _ask(north, "every_gateway", lambda it: it.refund(refund, idempotency_key="b"))
    assert back == Settled(GatewayRefund(number="b", payment="k", amount=Money(1, "COP")))
    charge = ChargeIntent(reference="r", amount=amount, token="tok", mandate="m-1")
    charged = await _ask(north, "every_gateway", lambda it: it.charge(charge, idempotency_key="c"))
    assert charged.value.number == "c"


async def _decides(north: Scope) -> None:
    debt, today = some_debt(), date(2026, 3, 2)
    contact = ContactRequest(
        at=NOW, action=ContactAction.CALL, purpose=ContactPurpose.COLLECTION, role=PartyRole.DEBTOR,
        kind=SubjectKind.NATURAL, zones=("America/Bogota",), debts=frozenset({"debt-1"}),
        authorised=frozenset({ContactAction.CALL}),
    )  # fmt: skip
    pack = await _ask(north, "every_pack", lambda it: plain(it.describe))
    assert pack.rules[0].summary.localised("en") == "One"
    decision = await _ask(north, "every_pack", lambda it: plain(it.may_contact, contact))
    assert (decision.verdict, decision.inputs) == (Verdict.DEFER, {"zones": ["America/Bogota"]})
    assert await _ask(north, "every_pack", lambda it: plain(it.rate_cap, debt, today)) == Decimal("28.170")
    (notice,) = await _ask(north, "every_pack", lambda it: plain(it.notices, debt, today))
    assert notice.due_on == today
    scores = await _ask(north, "every_scorer", lambda it: it.score([debt, some_debt("debt-2", days_past_due=3)]))
    assert [(score.reference, score.value) for score in scores] == [("debt-1", 820), ("debt-2", 997)]
    assert await _ask(north, "every_validator", lambda it: plain(it.types)) == frozenset({"XID"})
    wrong = await _ask(north, "every_validator", lambda it: plain(it.validate, Identifier("XX", "XID", "x1")))
    assert not wrong.valid and wrong.problem.en == "These are no digits"


async def test_an_ability_without_its_part_of_the_contract_is_not_enabled(north: Scope) -> None:
    class Plain(Gateway):
        charge = None  # pyright: ignore[reportAssignmentType]

    made: list[Offer[Any]] = [
        Offer(code="half_gateway", summary="of a test", build=Plain, settings=Settings, abilities={"charge"}),
        Offer(code="half_other", summary="of a test", build=Channel, settings=Settings),
    ]
    asked = ("payment:link:create", "payment:refund:create")
    assert host.register("half", plugin("half", scopes=asked, recobro_payment_gateways=lambda: made)).reason is None
    for code in ("half_gateway", "half_other"):
        with pytest.raises(InvalidInput) as caught:
            await enable_offer(north, code, {"api_key": "a key"})
        assert caught.value.code == "SETTINGS_INVALID"
