"""A batch becomes a file in the layout of the contract, once for one key, or it does not leave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from pydantic import ValidationError

from recobro_co_bureau import default_schema, layout_of
from recobro_co_bureau.furnisher import CoBureauFurnisher
from recobro_co_bureau.settings import CoBureauSettings
from recobro_sdk import Money, Pending, RejectedByProvider
from recobro_sdk.furnishing import (
    DisputeMark,
    FurnishingAction,
    FurnishingBatch,
    FurnishingNotice,
    PartyLink,
    SubmissionRef,
)
from recobro_sdk.layouts import Record
from recobro_sdk.testing import FakeContext, furnishing_batch, furnishing_record

T = TypeVar("T")
OPERATOR = """
name = "operator"
version = "7"
title = "Columns as one contract has them"
encoding = "ascii"
framing = { shape = "lines", ending = "\\r\\n" }
[codes.status]
"05" = "in collection"
"06" = "paid"
[[records]]
name = "obligation"
fields = [
  { name = "mark", kind = "const", value = "R1", width = 2 },
  { name = "action", width = 1 },
  { name = "document_type", width = 1 },
  { name = "document_number", width = 11, right = true, pad = "0", required = true, personal = true },
  { name = "full_name", width = 12, personal = true },
  { name = "obligation_number", width = 8 },
  { name = "status", width = 2, codes = "status" },
  { name = "arrears_band", width = 2 },
  { name = "defaulted_on", kind = "date", width = 8, format = "YYYYMMDD", none = ["zeros"] },
  { name = "balance", kind = "amount", width = 11, scale = 2, truncate = true },
  { name = "legend", width = 1 },
]
[[records]]
name = "total"
role = "trailer"
required = true
fields = [
  { name = "mark", kind = "const", value = "R9", width = 2 },
  { name = "rows", kind = "integer", width = 8, compute = [{ of = "obligation" }] },
]
"""
CODES: Mapping[str, Mapping[str, str]] = {
    "action": {"report": "A", "correct": "C", "delete": "E"},
    "document_type": {"CC": "1"},
    "status": {"in_collection": "05", "paid": "06"},
    "arrears_band": {"0": "00", "1": "01", "120": "12"},
    "legend": {"reclamo en trámite": "T"},
}


def run(body: Callable[[CoBureauFurnisher, FakeContext], Awaitable[T]], **settings: Any) -> T:
    async def inside() -> T:
        async with FakeContext() as context:
            return await body(CoBureauFurnisher(CoBureauSettings(**settings), context), context)

    return asyncio.run(inside())


def file_of(batch: FurnishingBatch, **settings: Any) -> bytes:
    submission = run(lambda furnisher, _: furnisher.submit(batch, idempotency_key="one"), **settings)
    return submission.artifacts[0].content


def test_the_default_file_tells_what_the_law_asks_for() -> None:
    debtor = furnishing_record().primary
    codebtor = replace(debtor, link=PartyLink.JOINT, document_number="2000000456", given_names='Zoë; "Zo"\n')
    twice = tuple(
        FurnishingNotice(sent_at=datetime(2026, 1, day, hour, tzinfo=UTC), medium="email", proof=proof)
        for day, hour, proof in ((15, 20, "P15"), (10, 21, "again"), (10, 20, "P10"))
    )
    disputed = furnishing_record("OBL-2", parties=(debtor, codebtor), dispute=DisputeMark.CLAIM_PENDING, notices=twice)
    gone = furnishing_record("OBL-3", action=FurnishingAction.DELETE, consent=None, notices=())
    data = file_of(furnishing_batch(furnishing_record(), disputed, gone))
    layout = layout_of("", {})
    assert list(layout.check(layout.read(data))) == []
    items = [item for item in layout.read(data) if isinstance(item, Record)]
    assert [item.type for item in items] == ["header", *["obligation"] * 4, "trailer"]
    first, primary, other, last = (item.values for item in items[1:-1])
    assert (first["legend"], primary["legend"], other["legend"], last["action"]) == (
        None,
        *["reclamo en trámite"] * 2,
        "delete",
    )
    assert [str(primary[name]) for name in ("first_notice_on", "first_notice_proof", "second_notice_on", "second_notice_proof")] == [
        "2026-01-10", "P10", "2026-01-15", "P15",
    ]  # fmt: skip
    assert [str(first[name]) for name in ("consent_on", "removal_on", "defaulted_on", "arrears_band", "balance")] == [
        "2024-01-14", "2033-08-31", "2025-08-31", "120", "412345678",
    ]  # fmt: skip
    assert (other["full_name"], other["link"]) == ('Zoë; "Zo" Peña Ñáñez', "joint")
    assert (items[-1].values["rows"], items[-1].values["balances"]) == (4, 4 * 4_123_456_78)


def test_another_layout_needs_no_code() -> None:
    settings = {"layout": OPERATOR, "codes": CODES}
    batch = furnishing_batch(furnishing_record(), furnishing_record("OBL-2", dispute=DisputeMark.CLAIM_PENDING))
    assert file_of(batch, **settings).decode().splitlines() == [
        "R1A101000000123Ana Maria PeOBL-1   05122025083100004123456 ",
        "R1A101000000123Ana Maria PeOBL-2   05122025083100004123456T",
        "R900000002",
    ]
    # What the contract has no code or room for is refused, record by record.
    odd = furnishing_batch(
        furnishing_record(),
        furnishing_record("OBL-2", dispute=DisputeMark.IN_COURT),
        furnishing_record("OBL-3", consent=None),
        furnishing_record("O" * 9),
    )
    found = run(lambda furnisher, _: furnisher.problems(odd), **settings)
    assert [(one.reference, one.field) for one in found] == [
        ("OBL-2", "dispute"), ("OBL-3", "consent"), ("O" * 9, "reference"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "operator"', "name = ", "not TOML"),
        ('"obligation"', '"row"', "needs a record obligation"),
        ('encoding = "ascii"', 'encoding = "klingon"', "klingon"),
        ('format = "YYYYMMDD"', 'format = "soon"', "defaulted_on: the format 'soon' does not say a year"),
        ('format = "YYYYMMDD"', 'format = "YYYY-MM-DD"', "the format 'YYYY-MM-DD' has 10 columns and the field 8"),
        ('kind = "date", width = 8,', 'kind = "date", width = 4, store = "packed",', "cannot hold a day"),
        (
            '[[records]]\nname = "total"',
            '[[rules]]\nid = "a"\nof = "obligation"\nwhy = "b"\nremedy = "c"\n'
            'then = [{ field = "status", matches = "(" }]\n[[records]]\nname = "total"',
            "rule a",
        ),
        ('{ name = "legend", width = 1 },', "", "have to tell legend"),
        ('"full_name"', '"salary"', "nothing is known as obligation.salary"),
        ("scale = 2, truncate = true", "scale = 0", "cents"),
        ('kind = "amount", width = 11, scale = 2, truncate = true', "width = 11", "holds amount and not text"),
        ('"05" = "in collection"\n"06" = "paid"', '"99" = "unknown"', "codes of status are none of ours"),
        (
            'kind = "integer", width = 8, compute = [{ of = "obligation" }]',
            "width = 8",
            "nothing is known as total.rows",
        ),
        ("records]]", "records]", "cannot be used"),
    ],
)
def test_a_layout_that_cannot_be_used_is_not_saved(old: str, new: str, said: str) -> None:
    assert old in OPERATOR
    with pytest.raises(ValidationError, match=said):
        CoBureauSettings(layout=OPERATOR.replace(old, new), codes={name: dict(table) for name, table in CODES.items()})


def test_other_settings_are_checked_too() -> None:
    for codes in ({"balance": {"a": "b"}}, {"status": {"lost": "1"}}):
        with pytest.raises(ValidationError):
            CoBureauSettings(codes=codes)
    with pytest.raises(ValidationError):
        CoBureauSettings(minimum_wages={2027: 0})
    assert CoBureauSettings(layout=default_schema()).strict_waiting


def test_a_refusal_names_record_rule_and_article() -> None:
    batch = furnishing_batch(
        furnishing_record(),
        furnishing_record("OBL-2", consent=None, notices=()),
        furnishing_record("OBL-3", original=Money(1, "USD"), balance=Money(1, "USD"), past_due=Money(1, "USD")),
    )
    found = run(lambda furnisher, _: furnisher.problems(batch))
    assert [(one.reference, one.code, one.field) for one in found] == [
        ("OBL-2", "CO-BUR-09", "consent"),
        ("OBL-2", "CO-BUR-01", "notices"),
        ("OBL-3", "wrong_currency", "balance"),
    ]
    assert "Ley 1266 de 2008, art. 12" in found[1].remedy and "comunicación previa" in found[1].remedy
    english = run(lambda furnisher, _: furnisher.problems(batch), language="en")
    assert "prior notice" in english[1].remedy
    with pytest.raises(RejectedByProvider) as refused:
        run(lambda furnisher, _: furnisher.submit(batch, idempotency_key="k"))
    assert refused.value.code == "batch_refused"


def test_one_key_is_one_file_whatever_the_settings_become() -> None:
    async def body(furnisher: CoBureauFurnisher, context: FakeContext) -> None:
        batch = furnishing_batch(furnishing_record())
        first = await furnisher.submit(batch, idempotency_key="k" * 300)
        context.clock.advance(timedelta(days=1))
        other = CoBureauFurnisher(CoBureauSettings.model_validate({"layout": OPERATOR, "codes": CODES}), context)
        assert await other.submit(batch, idempotency_key="k" * 300) == first
        assert await other.status(SubmissionRef("k" * 300)) == Pending()
        changed = furnishing_batch(furnishing_record(balance=Money(1_00, "COP")))
        with pytest.raises(RejectedByProvider) as reused:
            await furnisher.submit(changed, idempotency_key="k" * 300)
        assert reused.value.code == "idempotency_key_reused"
        shown = str(context.log.records)
        assert not any(word in shown for word in ("Ana", "1000000123", "Peña"))

    run(body)
