"""What the operator's file says of a batch: in any layout of the contract, of the whole batch, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from pydantic import ValidationError

from recobro_co_bureau import answer_layout_of, default_answer_schema
from recobro_co_bureau.furnisher import CoBureauFurnisher
from recobro_co_bureau.settings import CoBureauSettings
from recobro_sdk import Artifact, RejectedByProvider
from recobro_sdk.furnishing import FurnishingAcknowledgement, PartyLink, RecordReject
from recobro_sdk.testing import FakeContext, furnishing_batch, furnishing_record

T = TypeVar("T")
OPERATOR = """
name = "operator_answer"
version = "3"
title = "Columns as one contract has them"
encoding = "latin-1"
framing = { shape = "lines", ending = "\\n" }
[codes.why]
"01" = "Corrija el saldo"
"02" = "El documento no existe: corríjalo"
[[records]]
name = "taken"
fields = [{ name = "mark", kind = "const", value = "OK", width = 2 }, { name = "obligation_number", width = 8 }]
[[records]]
name = "reject"
fields = [
  { name = "mark", kind = "const", value = "NO", width = 2 },
  { name = "obligation_number", width = 8 },
  { name = "code", width = 2, required = true, codes = "why" },
  { name = "field", width = 5 },
  { name = "reason", width = 20, personal = true },
]
[[records]]
name = "total"
role = "trailer"
required = true
fields = [
  { name = "mark", kind = "const", value = "TT", width = 2 },
  { name = "batch", width = 16, required = true },
  { name = "rows", kind = "integer", width = 6, required = true, compute = [{ of = "*" }] },
]
"""


def read(
    *lines: str, ending: str = "\r\n", encoding: str = "utf-8", batch: Any = None, **settings: Any
) -> FurnishingAcknowledgement:
    """What is read of a file about a batch of OBL-1 to OBL-3, whose number stands for `@`."""

    async def scenario(furnisher: CoBureauFurnisher, _: FakeContext) -> FurnishingAcknowledgement:
        sent = await furnisher.submit(batch or BATCH, idempotency_key="one")
        content = "".join(line.replace("@", sent.number) + ending for line in lines).encode(encoding)
        return await furnisher.read_acknowledgement(_file(content))

    return run(scenario, **settings)


def run(body: Callable[[CoBureauFurnisher, FakeContext], Awaitable[T]], **settings: Any) -> T:
    async def inside() -> T:
        async with FakeContext() as context:
            return await body(CoBureauFurnisher(CoBureauSettings(**settings), context), context)

    return asyncio.run(inside())


def _file(content: bytes) -> Artifact:
    return Artifact(name="answer.txt", media_type="text/plain", content=content)


BATCH = furnishing_batch(*(furnishing_record(f"OBL-{n}") for n in (1, 2, 3)))


def test_the_default_file_names_what_was_refused_and_why() -> None:
    told = read("A;0042;@;20260312", "R;OBL-2;E-17;balance;Corrija el saldo", "R;OBL-3;E-9;;", "Z;2")
    assert (told.number, told.accepted) == (BATCH.reference, 1)
    assert told.rejects == (
        RecordReject(reference="OBL-2", code="E-17", field="balance", remedy="Corrija el saldo"),
        RecordReject(
            reference="OBL-3", code="E-9", field="",
            remedy="Corrija lo que el operador rechazó con este código: E-9",
        ),
    )  # fmt: skip
    english = read("A;0042;@;", "R;OBL-3;E-9;first_notice_on;", "Z;1", language="en")
    assert (english.rejects[0].remedy, english.rejects[0].field) == (
        "Correct what the operator's code is about: E-9",
        "notices",
    )
    assert read("A;0042;@;", "Z;0") == FurnishingAcknowledgement(number=BATCH.reference, accepted=3)


def test_another_layout_needs_no_code_and_its_words_about_people_stay_in_the_file() -> None:
    told = read(
        "OKOBL-1   ", "NOOBL-2   02CED  Ana María Peña      ", "NOOBL-3   01     ".ljust(37),
        f"TT{BATCH.reference:<16}000004", ending="\n", encoding="latin-1",
        answer_layout=OPERATOR, codes={"field": {"document_number": "CED"}},
    )  # fmt: skip
    assert told.accepted == 1
    assert [(one.reference, one.code, one.field, one.remedy) for one in told.rejects] == [
        ("OBL-2", "02", "parties", "El documento no existe: corríjalo"),
        ("OBL-3", "01", "", "Corrija el saldo"),
    ]


def test_a_debt_is_refused_where_one_of_its_people_is_and_once() -> None:
    debtor = furnishing_record().primary
    codebtor = replace(debtor, link=PartyLink.JOINT, document_number="2000000456")
    batch = furnishing_batch(furnishing_record("OBL-1", parties=(debtor, codebtor)), furnishing_record("OBL-2"))
    told = read("A;0042;@;", "R;OBL-1;E-1;;first", "R;OBL-1;E-2;;second", "Z;2", batch=batch)
    assert told.accepted == 1 and [(one.reference, one.code) for one in told.rejects] == [("OBL-1", "E-1")]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("A;0042;@;", "R;OBL-2;E-17;;", "Z;2"), "line 3, rows: it says 2 and the file has 1; count again"),
        (("A;0042;@;", "R;OBL-2;E-17;;", "Z;"), "line 3, rows: it is empty; give it a value"),
        (("A;0042;@;", "R;OBL-2;E-17;;"), "line 2: the file has none; add a trailer"),
        (("A;0042;;", "Z;0"), "line 1, batch: it is empty"),
        (("A;0042;@;", "R;OBL-2;;;", "Z;1"), "line 2, code: it is empty"),
        (("A;0042;@;", "R;OBL-2;E-17", "Z;1"), "line 2: it has 3 fields and not 5"),
        (("A;0042;@;", "Z;0", "R;OBL-2;E-17;;"), "line 3: it follows the trailer"),
        (("A;0042;@;", "R;OBL-7;E-17;;", "Z;1"), "line 2, obligation_number: it is not in the batch"),
        (("A;0042;@;", "R;OBL-2;" + "E" * 81 + ";;", "Z;1"), "line 2, code: it is no code"),
        (("A;0042;OTHER;", "Z;0"), "a batch that was not made here"),
        (("A;0042;@;", "A;0042;OTHER;", "Z;0"), "line 2: it is not the first record"),
    ],
)
def test_a_file_that_is_not_whole_says_nothing_and_says_where(lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(RejectedByProvider) as caught:
        read(*lines)
    assert caught.value.code == "unreadable_file" and said in caught.value.safe_message, caught.value.safe_message


def test_what_stands_where_a_code_belongs_is_not_repeated() -> None:
    with pytest.raises(RejectedByProvider) as caught:
        read(
            "NO1000000123AnaPeña Ñáñez".ljust(37), f"TT{BATCH.reference:<16}000002", ending="\n",
            encoding="latin-1", answer_layout=OPERATOR,
        )  # fmt: skip
    assert "line 1, code: it is no code of this field; give one of 01, 02" in caught.value.safe_message
    assert "23" not in caught.value.safe_message.replace("1, 02", "")


def test_a_batch_is_known_by_its_number_whatever_the_settings_become_and_only_at_its_agency() -> None:
    async def scenario(furnisher: CoBureauFurnisher, context: FakeContext) -> None:
        sent = await furnisher.submit(BATCH, idempotency_key="one")
        other = CoBureauFurnisher(CoBureauSettings(answer_layout=OPERATOR), context)
        content = f"TT{sent.number:<16}000001\n".encode()
        assert (await other.read_acknowledgement(_file(content))).accepted == 3
        async with FakeContext(agency="agency-2") as elsewhere:
            stranger = CoBureauFurnisher(CoBureauSettings(answer_layout=OPERATOR), elsewhere)
            with pytest.raises(RejectedByProvider, match="not made here"):
                await stranger.read_acknowledgement(_file(content))

    run(scenario)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "operator_answer"', "name = ", "answer_layout cannot be used: .*not TOML"),
        ('"reject"', '"refused"', "answer_layout: it needs a record reject"),
        ('name = "code"', 'name = "kind"', "have to tell code"),
        (
            '{ name = "reason", width = 20, personal = true }',
            '{ name = "reason", kind = "integer", width = 20 }',
            "reject.reason holds text",
        ),
        ('name = "batch", width = 16, required = true', 'name = "batch", width = 16', "has to tell the batch"),
        ('role = "trailer"\nrequired = true', 'role = "trailer"', "has to tell the batch"),
        ("width = 6, required = true, compute", "width = 6, compute", "has to count the rows"),
        (', compute = [{ of = "*" }]', "", "has to count the rows"),
        ('{ of = "*" }', '{ of = "taken" }', "has to count the rows"),
    ],
)
def test_a_layout_of_answers_that_cannot_tell_a_whole_file_is_not_saved(old: str, new: str, said: str) -> None:
    assert old in OPERATOR
    with pytest.raises(ValidationError, match=said):
        CoBureauSettings(answer_layout=OPERATOR.replace(old, new))


def test_other_settings_of_answers() -> None:
    assert CoBureauSettings(answer_layout=default_answer_schema()).answer_layout
    assert answer_layout_of("").spec.name == "co_bureau_answer"
    with pytest.raises(ValidationError, match="codes of field: nothing is known as salary"):
        CoBureauSettings(codes={"field": {"salary": "S"}})
