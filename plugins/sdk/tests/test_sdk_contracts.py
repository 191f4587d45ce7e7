"""Values of the contracts: decisions, signed calls, records for a bureau, events of a gateway."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, TypeAdapter

from recobro_sdk import (
    CONTRACTS,
    Artifact,
    Decision,
    DisputeMark,
    Failed,
    FurnishedStatus,
    GatewayEvent,
    GatewayPayment,
    GatewayState,
    InboundCall,
    LegalStage,
    Money,
    Outcome,
    Pending,
    ReportData,
    ReportDescription,
    ReportParams,
    ReportSink,
    Settled,
    SignatureInvalid,
    Unknown,
    Verdict,
    latest_payments,
    sign_callback,
    strictest,
    verify_callback,
)
from recobro_sdk.testing import furnishing_batch, furnishing_record

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
SECRET = SecretStr("whsec_dGVzdC1zaWduaW5nLXNlY3JldC0zMi1ieXRlcw==")


def decision(verdict: Verdict, days: int = 1) -> Decision:
    later = NOW + timedelta(days=days) if verdict is Verdict.DEFER else None
    return Decision(verdict=verdict, rule=f"R-{verdict}", rule_version=1, citation="art. 1", not_before=later)


@given(st.lists(st.tuples(st.sampled_from(Verdict), st.integers(1, 9)), min_size=1, max_size=8), st.randoms())
def test_strictest_decision_prevails_in_every_order(given_ones: list[tuple[Verdict, int]], chance: Any) -> None:
    decisions = [decision(verdict, days) for verdict, days in given_ones]
    found = strictest(decisions)
    chance.shuffle(decisions)
    again = strictest(decisions)
    assert (again.verdict, again.not_before) == (found.verdict, found.not_before)
    rank = [Verdict.ALLOW, Verdict.REVIEW, Verdict.DEFER, Verdict.DENY]
    assert rank.index(found.verdict) == max(rank.index(one.verdict) for one in decisions)
    if found.verdict is Verdict.DEFER:
        assert found.not_before == max(one.not_before for one in decisions if one.not_before)


def test_decision_names_its_source_and_waits_only_when_deferred() -> None:
    with pytest.raises(ValueError, match="cites"):
        Decision(verdict=Verdict.ALLOW, rule="R", rule_version=1, citation="")
    with pytest.raises(ValueError, match="deferral"):
        Decision(verdict=Verdict.DEFER, rule="R", rule_version=1, citation="x")
    with pytest.raises(ValueError, match="nothing is allowed"):
        strictest([])


def call(body: bytes = b'{"a": 1}', at: datetime = NOW) -> InboundCall:
    headers = sign_callback(SECRET, message_id="msg_1", sent_at=at, body=body)
    return InboundCall(method="POST", path="/", headers=headers, body=body, received_at=at)


def test_signature_is_that_of_standard_webhooks() -> None:
    # The vector of the specification's own libraries (standard-webhooks, verifying).
    secret = SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = sign_callback(secret, message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", sent_at=at, body=b'{"test": 2432232314}')
    assert dict(headers)["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_signed_call_is_verified_and_a_changed_one_is_not() -> None:
    assert verify_callback(SECRET, call(), now=NOW + timedelta(minutes=4)) == "msg_1"
    rotated = replace(call(), headers=tuple((k, f"v1,b3RoZXI= {v}" if "sig" in k else v) for k, v in call().headers))
    assert verify_callback(SECRET, rotated, now=NOW) == "msg_1"
    wrong = [
        replace(call(), body=b'{"a": 2}'),
        replace(call(), headers=()),
        replace(call(), headers=tuple((k, "v1,AAAA" if "sig" in k else v) for k, v in call().headers)),
        replace(call(), headers=tuple((k, "soon" if "time" in k else v) for k, v in call().headers)),
        replace(call(), headers=tuple((k, "msg_2" if "id" in k else v) for k, v in call().headers)),
    ]
    for one in wrong:
        with pytest.raises(SignatureInvalid):
            verify_callback(SECRET, one, now=NOW)
    for moment in (NOW + timedelta(minutes=6), NOW - timedelta(minutes=6)):
        with pytest.raises(SignatureInvalid) as caught:
            verify_callback(SECRET, call(), now=moment)
        assert caught.value.code == "signature_expired"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"gate": decision(Verdict.DENY)}, "gate"),
        ({"parties": ()}, "primary party"),
        ({"defaulted_on": None}, "date of default"),
        ({"balance": Money(1, "USD")}, "one currency"),
        ({"past_due": Money(-1, "COP")}, "negative"),
        ({"days_past_due": -1}, "days_past_due"),
    ],
)
def test_record_that_cannot_be_furnished_cannot_be_made(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        furnishing_record(**changes)


def test_batch_and_record_cross_processes_and_hide_people() -> None:
    paid = furnishing_record("OBL-2", status=FurnishedStatus.PAID, defaulted_on=None, dispute=DisputeMark.IN_COURT)
    batch = furnishing_batch(furnishing_record(), paid)
    adapter = TypeAdapter(type(batch))
    assert adapter.validate_json(adapter.dump_json(batch)) == batch
    party = batch.records[0].primary
    assert party.document_number not in repr(batch.records[0]) and party.surnames not in repr(party)
    with pytest.raises(ValueError, match="twice"):
        furnishing_batch(furnishing_record(), furnishing_record())


@given(st.permutations(range(6)), st.integers(0, 5))
def test_events_of_a_payment_settle_alike_in_every_order(order: list[int], again: int) -> None:
    states = [state for state in GatewayState if state not in (GatewayState.DECLINED, GatewayState.EXPIRED)]
    events = [
        GatewayEvent(
            event=f"e{place}",
            # The last two at the same moment: the one further along counts.
            occurred_at=NOW + timedelta(seconds=min(place, 4)),
            payment=GatewayPayment(
                gateway="g", number="p", reference="r", state=state, amount=Money(9, "COP"), refunded=Money(0, "COP")
            ),
        )
        for place, state in enumerate(states)
    ]
    told = [events[place] for place in order]
    assert latest_payments([*told, events[again]])["p"].state is GatewayState.CHARGED_BACK


def test_every_argument_and_answer_has_a_json_form() -> None:
    of_the_host = {ReportData, ReportSink, ReportParams, ReportDescription}  # streams, and models of the plugin
    for contract in CONTRACTS:
        if contract.protocol is not None:
            for name, method in vars(contract.protocol).items():
                if inspect.isfunction(method) and not name.startswith("_"):
                    for kind in set(get_type_hints(method).values()) - of_the_host:
                        TypeAdapter(kind)


@pytest.mark.parametrize("value", [Settled(LegalStage.FILED), Pending(), Unknown(), Failed("x", True)])
def test_outcome_stays_itself_as_json(value: Outcome[LegalStage]) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Outcome[LegalStage])
    again = adapter.validate_json(adapter.dump_json(value), strict=True)
    assert again == value and type(again) is type(value)


def test_bytes_stay_themselves_as_json() -> None:
    for value in (Artifact(name="a", media_type="b/c", content=bytes(range(256))), call(bytes(range(256)))):
        adapter: TypeAdapter[Any] = TypeAdapter(type(value))
        assert adapter.validate_json(adapter.dump_json(value)) == value
