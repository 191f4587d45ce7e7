"""The offer whose server is told how debtors pay: what it would refuse, and which of its answers are believed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from remote_reference import SECRET, answered, scripted

from recobro_remote.furnisher import RemoteFurnisher
from recobro_remote.settings import NeededField, RemoteFurnishingSettings
from recobro_sdk import (
    FurnishingAcknowledgement,
    FurnishingAction,
    Pending,
    ProviderUnavailable,
    RecordReject,
    RejectedByProvider,
    Settled,
    SubjectKind,
    SubmissionRef,
)
from recobro_sdk.testing import FakeContext, furnishing_batch, furnishing_record

SETTINGS = RemoteFurnishingSettings(base_url="http://127.0.0.1:9", secret=SecretStr(SECRET))
ASKED = SubmissionRef("k-1", "B-1")
REJECT = {"reference": "OBL-1", "code": "E-17", "field": "balance", "remedy": "Correct it."}


def _settled(value: object) -> Any:
    return lambda request: answered(request, 200, {"state": "settled", "value": value})


@pytest.mark.asyncio
async def test_what_the_server_needs_is_looked_at_here_in_the_order_of_the_records() -> None:
    bare = replace(furnishing_record().primary, address=None, born_on=None, phone="")
    company = replace(bare, kind=SubjectKind.LEGAL, given_names="", surnames="", name="Acme S.A.S.")
    batch = furnishing_batch(
        furnishing_record("OBL-1", parties=(bare,)),
        furnishing_record("OBL-2"),
        furnishing_record("OBL-3", parties=(company,)),
        furnishing_record("OBL-4", parties=(bare,), action=FurnishingAction.DELETE),
    )
    needed = (NeededField.ADDRESS, NeededField.BORN_ON)
    async with FakeContext(offline=True) as context:
        furnisher = RemoteFurnisher(SETTINGS.model_copy(update={"needed_fields": needed}), context)
        found = await furnisher.problems(batch)
        assert [(one.reference, one.code) for one in found] == [
            ("OBL-1", "address_missing"), ("OBL-1", "born_on_missing"), ("OBL-3", "address_missing"),
        ]  # fmt: skip
        with pytest.raises(RejectedByProvider) as refused:
            await furnisher.submit(batch, idempotency_key="k-1")
        assert refused.value.code == "batch_refused" and await RemoteFurnisher(SETTINGS, context).problems(batch) == []


@pytest.mark.asyncio
async def test_a_batch_arrives_whole_and_the_host_says_which_bureau_took_it_when() -> None:
    seen: list[dict[str, Any]] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        assert (request.url.path, request.headers["webhook-id"]) == ("/v1/bureau_furnishing/submit", "k-1")
        return answered(request, 200, {"number": "B-1", "bureau": "other", "received_at": "2020-01-01T00:00:00Z"})

    async with scripted(respond) as context:
        found = await RemoteFurnisher(SETTINGS, context).submit(furnishing_batch(), idempotency_key="k-1")
        assert (found.bureau, found.number, found.received_at) == ("remote_furnisher", "B-1", context.clock.now())
    (record,) = seen[0]["batch"]["records"]
    assert record["reference"] == "OBL-1" and record["balance"] == {"minor_units": 4_123_456_78, "currency": "COP"}


@pytest.mark.asyncio
async def test_another_answer_for_the_same_key_is_not_believed() -> None:
    numbers = iter(["B-1", "B-2"])
    async with scripted(lambda request: answered(request, 200, {"number": next(numbers)})) as context:
        furnisher = RemoteFurnisher(SETTINGS, context)
        await furnisher.submit(furnishing_batch(), idempotency_key="k-1")
        with pytest.raises(ProviderUnavailable) as refused:
            await furnisher.submit(furnishing_batch(), idempotency_key="k-1")
        assert refused.value.code == "malformed_answer"
        with pytest.raises(RejectedByProvider) as reused:
            await furnisher.submit(furnishing_batch(furnishing_record("OBL-9")), idempotency_key="k-1")
        assert reused.value.code == "idempotency_key_reused"


@pytest.mark.asyncio
async def test_what_the_bureau_took_arrives_as_it_was_told() -> None:
    async with scripted(_settled({"number": "B-1", "accepted": 2, "rejects": [REJECT], "later": 1})) as context:
        found = await RemoteFurnisher(SETTINGS, context).status(ASKED)
    reject = RecordReject(**REJECT)
    assert found == Settled(FurnishingAcknowledgement(number="B-1", accepted=2, rejects=(reject,)))
    async with scripted(lambda request: answered(request, 200, {"state": "pending"})) as context:
        assert await RemoteFurnisher(SETTINGS, context).status(ASKED) == Pending()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "value",
    [
        {"number": "B-2", "accepted": 1},
        {"number": "", "accepted": 1},
        {"number": "B-1", "accepted": -1},
        {"number": "B-1", "accepted": "1"},
        {"number": "B-1", "accepted": 1.0},
        {"number": "B-1"},
        {"number": "B-1", "accepted": 0, "rejects": [REJECT, REJECT]},
        {"number": "B-1", "accepted": 0, "rejects": [{**REJECT, "code": None}]},
        [],
    ],
)
async def test_an_answer_of_another_shape_or_batch_is_not_believed(value: object) -> None:
    async with scripted(_settled(value)) as context:
        with pytest.raises(ProviderUnavailable) as refused:
            await RemoteFurnisher(SETTINGS, context).status(ASKED)
    assert refused.value.code == "malformed_answer"
