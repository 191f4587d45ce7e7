"""The offer whose server tells of its cases: when it may be enabled, what news and calls are believed, and how a cost is
answered."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from remote_reference import SECRET, ReferenceServer, answered, example, scripted

from recobro_remote.cases import RemoteCaseChannel
from recobro_remote.legal import RemoteLegalChannel
from recobro_remote.schema import protocol_document
from recobro_remote.settings import RemoteLegalSettings
from recobro_sdk import (
    CallbackReceiver,
    CallbackResult,
    CaseEvent,
    CaseEventKind,
    CaseFollower,
    CaseMoney,
    CaseMoneyKind,
    CaseNews,
    CostAnswer,
    CostAnswerReceiver,
    CostKind,
    CostRequest,
    DocumentKind,
    Failed,
    HandoffRef,
    InboundCall,
    InvalidConfiguration,
    LegalStage,
    Money,
    PluginError,
    ProviderUnavailable,
    RejectedByProvider,
    Settled,
    SignatureInvalid,
    sign_callback,
)
from recobro_sdk.testing import FakeClock, FakeContext, Fault, sample_dossier

SETTINGS = RemoteLegalSettings(base_url="http://127.0.0.1:9", secret=SecretStr(SECRET))
HANDOFF = HandoffRef("handoff-1", "CASE-1")
APPROVED = CostAnswer(reference="cost-1", approved=True, reason="needed")
EVENT = {"reference": "e-1", "kind": "hearing_set", "on": "2026-03-02", "scheduled_on": "2026-04-01"}
COST = {
    "reference": "c-1", "kind": "bailiff", "reason": "Secuestro", "amount": {"minor_units": 5_00, "currency": "COP"}
}  # fmt: skip
MONEY = {
    "reference": "m-1", "kind": "received", "on": "2026-03-02", "amount": {"minor_units": 5_00, "currency": "COP"}
}  # fmt: skip


def news_of(value: object) -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: answered(request, 200, {"state": "settled", "value": value})


@pytest.mark.asyncio
async def test_a_server_is_enabled_with_the_parts_that_it_names() -> None:
    for told in ({}, {"abilities": ["case_news"]}, {"abilities": "case_news, cost_answers"}, {"abilities": [[], None]}):
        async with scripted(lambda request, told=told: answered(request, 200, told)) as context:
            await RemoteLegalChannel(SETTINGS, context).check()
            with pytest.raises(InvalidConfiguration, match="cost_answers"):
                await RemoteCaseChannel(SETTINGS, context).check()
    whole = {"abilities": ["cost_answers", "one of tomorrow", "case_news"]}
    async with scripted(lambda request: answered(request, 200, whole)) as context:
        await RemoteCaseChannel(SETTINGS, context).check()
        await RemoteLegalChannel(SETTINGS, context).check()
    assert issubclass(RemoteCaseChannel, CaseFollower) and issubclass(RemoteCaseChannel, CostAnswerReceiver)
    assert not issubclass(RemoteLegalChannel, CaseFollower | CostAnswerReceiver)


@pytest.mark.asyncio
async def test_news_arrive_as_they_were_told() -> None:
    async with scripted(
        news_of({"stage": "payment_ordered", "events": [EVENT], "costs": [COST], "money": [MONEY], "later": 1})
    ) as context:
        told = await RemoteCaseChannel(SETTINGS, context).news(HANDOFF)
    set_on, held_on = date(2026, 3, 2), date(2026, 4, 1)
    event = CaseEvent(reference="e-1", kind=CaseEventKind.HEARING_SET, on=set_on, scheduled_on=held_on)
    cost = CostRequest(reference="c-1", kind=CostKind.BAILIFF, amount=Money(5_00, "COP"), reason="Secuestro")
    money = CaseMoney(reference="m-1", kind=CaseMoneyKind.RECEIVED, amount=Money(5_00, "COP"), on=date(2026, 3, 2))
    stage = LegalStage.PAYMENT_ORDERED
    assert told == Settled(CaseNews(stage=stage, events=(event,), costs=(cost,), money=(money,)))


@pytest.mark.parametrize(
    "value",
    [
        "filed",
        {},
        {"stage": "in_orbit"},
        {"stage": "filed", "events": [{**EVENT, "on": "soon"}]},
        {"stage": "filed", "events": [{**EVENT, "kind": "eclipse"}]},
        {"stage": "filed", "costs": [{**COST, "amount": {"minor_units": 0, "currency": "COP"}}]},
        {"stage": "filed", "costs": [{**COST, "amount": {"minor_units": 1.5, "currency": "COP"}}]},
        {"stage": "filed", "events": [EVENT, EVENT]},
        {"stage": "filed", "costs": [COST, {**COST, "kind": "bond"}]},
        {"stage": "filed", "events": [{**EVENT, "reference": " "}]},
        {"stage": "filed", "costs": [{**COST, "reference": "c" * 201}]},
        {"stage": "filed", "events": [{**EVENT, "reference": f"e-{place}"} for place in range(501)]},
        {"stage": "filed", "money": [MONEY, {**MONEY, "kind": "direct"}]},
        {"stage": "filed", "money": [{**MONEY, "kind": "reversed"}]},
        {"stage": "filed", "money": [{**MONEY, "kind": "lent"}]},
        {"stage": "filed", "money": [{**MONEY, "amount": {"minor_units": -5_00, "currency": "COP"}}]},
        {"stage": "filed", "money": [{**MONEY, "kind": "fee", "of": "o" * 201}]},
        {"stage": "filed", "money": [{**MONEY, "remittance": "r" * 201}]},
        {"stage": "filed", "money": [{**MONEY, "reference": f"m-{place}"} for place in range(501)]},
        {"stage": "filed", "costs": [{**COST, "reference": f"c-{place}"} for place in range(201)]},
    ],
)
@pytest.mark.asyncio
async def test_news_that_the_contract_does_not_allow_are_refused(value: object) -> None:
    async with scripted(news_of(value)) as context:
        with pytest.raises(ProviderUnavailable) as caught:
            await RemoteCaseChannel(SETTINGS, context).news(HANDOFF)
    assert caught.value.code == "malformed_answer"


@pytest.mark.asyncio
async def test_the_most_that_the_contract_allows_is_taken() -> None:
    events = [{**EVENT, "reference": f"{place:0200}"} for place in range(500)]
    costs = [{**COST, "reference": f"{place:0200}"} for place in range(200)]
    async with scripted(news_of({"stage": "filed", "events": events, "costs": costs})) as context:
        told = await RemoteCaseChannel(SETTINGS, context).news(HANDOFF)
    assert isinstance(told, Settled) and (len(told.value.events), len(told.value.costs)) == (500, 200)


@pytest.mark.asyncio
async def test_a_cost_is_answered_once_for_its_key() -> None:
    with ReferenceServer() as server:
        settings = RemoteLegalSettings.model_validate(server.settings())
        async with FakeContext() as context:
            channel = RemoteCaseChannel(settings, context)
            with pytest.raises(RejectedByProvider) as unknown:
                await channel.answer_cost(HandoffRef("never-sent"), APPROVED)
            assert unknown.value.code == "not_received"
            assert isinstance(await channel.news(HandoffRef("never-sent")), Failed)
            for key in ("handoff-1", "handoff-2"):
                await channel.submit(sample_dossier(*DocumentKind), idempotency_key=key)
            taken = server.effects
            for _again in range(2):
                await channel.answer_cost(HANDOFF, APPROVED)
            assert server.effects == taken + 1
            with pytest.raises(RejectedByProvider) as changed:
                await channel.answer_cost(HANDOFF, replace(APPROVED, approved=False))
            assert changed.value.code == "idempotency_key_reused", "a cost is decided once"
            await channel.answer_cost(HANDOFF, replace(APPROVED, reference="cost-2"))
            await channel.answer_cost(HandoffRef("handoff-2"), APPROVED)
            assert server.effects == taken + 3, "another cost, or another case's, is another key"


@pytest.mark.asyncio
async def test_an_answer_on_a_cost_counts_once_the_server_has_signed_that_it_has_it() -> None:
    bodies: list[Any] = []

    def keep(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return answered(request, 200, {})

    async with scripted(keep) as context:
        await RemoteCaseChannel(SETTINGS, context).answer_cost(HANDOFF, APPROVED)
    asked = {"idempotency_key": "handoff-1", "number": "CASE-1"}
    assert bodies == [{"handoff": asked, "answer": {"reference": "cost-1", "approved": True, "reason": "needed"}}]
    refused = {
        "answer_not_signed": lambda request: httpx.Response(200, json={}),
        "malformed_answer": lambda request: answered(request, 200, []),
    }
    for code, respond in refused.items():
        async with scripted(respond) as context:
            with pytest.raises(ProviderUnavailable) as caught:
                await RemoteCaseChannel(SETTINGS, context).answer_cost(HANDOFF, APPROVED)
        assert caught.value.code == code


@pytest.mark.parametrize("fault", [Fault.UNREACHABLE, Fault.STATUS_500, Fault.CUT, Fault.NOT_JSON, Fault.WRONG_TYPES])
@pytest.mark.asyncio
async def test_while_the_server_fails_nothing_is_known_and_all_is_asked_again(fault: Fault) -> None:
    with ReferenceServer() as server:
        async with FakeContext() as context:
            channel = RemoteCaseChannel(RemoteLegalSettings.model_validate(server.settings()), context)
            await channel.submit(sample_dossier(*DocumentKind), idempotency_key="handoff-1")
            context.wire.always = fault
            calls: list[Callable[[], Awaitable[object]]] = [
                lambda: channel.news(HANDOFF), lambda: channel.answer_cost(HANDOFF, APPROVED)
            ]  # fmt: skip
            for ask in calls:
                with pytest.raises(PluginError) as caught:
                    await ask()
                assert caught.value.retryable


class StandsStill(example.Service):
    """The example, at the moment at which the kit's clock stands."""

    def now(self) -> int:
        return int(FakeClock().now().timestamp())


def called(body: bytes, message_id: str = "told-1") -> InboundCall:
    now = FakeClock().now()
    headers = sign_callback(SecretStr(SECRET), message_id=message_id, sent_at=now, body=body)
    return InboundCall(method="POST", path="/", headers=headers, body=body, received_at=now)


@pytest.mark.asyncio
async def test_the_example_calls_about_its_cases() -> None:
    headers, body = StandsStill(SECRET).call("told-1", ["handoff-1", "handoff-2", "handoff-1"])
    call = InboundCall(
        method="POST", path="/", headers=tuple(headers.items()), body=body, received_at=FakeClock().now()
    )
    async with FakeContext() as context:
        channel = RemoteCaseChannel(SETTINGS, context)
        assert isinstance(channel, CallbackReceiver)
        assert await channel.verify_call(call) == "told-1"
        assert await channel.receive_call(call) == CallbackResult(settled=("handoff-1", "handoff-2"))
        assert context.wire.sent == []


@pytest.mark.asyncio
async def test_an_answer_of_the_server_is_no_call() -> None:
    async with FakeContext() as context:
        channel = RemoteCaseChannel(SETTINGS, context)
        for message_id in ("answer-news-1", "x" * 201):
            with pytest.raises(SignatureInvalid):
                await channel.verify_call(called(b'{"handoffs": [{"idempotency_key": "k"}]}', message_id))


@pytest.mark.parametrize(
    "told",
    [{}, {"handoffs": []}, {"handoffs": [{}]}, {"handoffs": [{"idempotency_key": 7}]}, {"handoffs": ["k"]},
     {"handoffs": [{"idempotency_key": str(place)} for place in range(51)]}, {"events": []}],
)  # fmt: skip
@pytest.mark.asyncio
async def test_a_call_that_names_no_case_is_refused(told: dict[str, Any]) -> None:
    async with FakeContext() as context:
        with pytest.raises(RejectedByProvider) as caught:
            await RemoteCaseChannel(SETTINGS, context).receive_call(called(json.dumps(told).encode()))
    assert caught.value.code == "malformed_call" and not caught.value.retryable


def test_the_document_has_the_optional_parts() -> None:
    paths = protocol_document()["paths"]
    for contract, parts in (("legal_channel", {"case_news", "cost_answers"}), ("bureau", set[str]())):
        answer = paths[f"/v1/{contract}/check"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert set(answer.get("properties", {}).get("abilities", {"items": {"enum": []}})["items"]["enum"]) == parts
    asked = paths["/v1/legal_channel/answer_cost"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert asked == {"$ref": "#/components/schemas/LegalChannelAnswerCostRequest"}
    told = protocol_document()["webhooks"]["legal_channel.news"]["post"]["requestBody"]["content"]["application/json"]
    assert told["schema"] == {"$ref": "#/components/schemas/CaseCall"} or "handoffs" in told["schema"]["properties"]
