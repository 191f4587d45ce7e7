"""The operator's answer to a file: its layout, a schema of the contract's as well, and what it says of a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Final

from recobro_co_bureau.contract import FACTS, parsed
from recobro_co_bureau.rules import PACKAGE
from recobro_sdk import Language, RejectedByProvider, Text
from recobro_sdk.furnishing import RecordReject
from recobro_sdk.layouts import Layout, Problem, Record
from recobro_sdk.layouts.schema import FieldSpec, Kind, RecordSpec, Role

RESOURCE: Final = "co_bureau_answer.toml"
REFUSED: Final = "reject"
BATCH: Final = "batch"
NEEDED: Final = ("obligation_number", "code")
"""What a row has to tell; `field` and `reason` are taken where the layout has them."""
_TEXTS: Final = (*NEEDED, "field", "reason")
_LONGEST_CODE: Final = 80
_CORRECT: Final = Text(
    "Corrija lo que el operador rechazó con este código", "Correct what the operator's code is about"
)


def default_answer_schema() -> str:
    """The text of the answer's layout that is used unless a contract has another one."""
    return files(PACKAGE).joinpath(RESOURCE).read_text("utf-8")


def answer_layout_of(schema: str) -> Layout:
    """The layout of answers that a schema describes, in TOML or JSON; an empty text is the default one.

    Raises `ValueError` naming the first thing that is wrong with it.
    """
    layout = parsed(schema.strip() or default_answer_schema(), "answer_layout")
    for wrong in _wrong(layout):
        raise ValueError(f"answer_layout: {wrong}")
    return layout


def _wrong(layout: Layout) -> Iterator[str]:
    refused = layout.record_specs.get(REFUSED)
    if refused is None or refused.role is not Role.DETAIL:
        yield f"it needs a record {REFUSED}, one row for each row that the operator did not take"
        return
    texts = {field.name for field in refused.fields if field.kind is Kind.TEXT}
    missing = [name for name in NEEDED if name not in texts]
    if missing:
        yield f"its rows have to tell {', '.join(missing)}, as text"
    odd = [field.name for field in refused.fields if field.name in _TEXTS and field.kind is not Kind.TEXT]
    if odd:
        yield f"{REFUSED}.{odd[0]} holds text"
    whole = [spec for spec in layout.record_specs.values() if spec.role is not Role.DETAIL and spec.required]
    if not any(field.name == BATCH and field.kind is Kind.TEXT and field.required for s in whole for field in s.fields):
        yield "a required header or trailer has to tell the batch, in a required text field of that name"
    if not any(spec.role is Role.TRAILER and any(map(_counts, spec.fields)) for spec in whole):
        # Without it, half of a file would pass for one in which less was refused.
        yield f"a required trailer has to count the rows: required = true, compute = [{{ of = '{REFUSED}' }}]"


def _counts(field: FieldSpec) -> bool:
    terms = field.compute
    return field.required and len(terms) == 1 and terms[0].of in (REFUSED, "*") and not (terms[0].sum or terms[0].where)


def read_answer(layout: Layout, content: bytes) -> tuple[str, list[Record]]:
    """The batch that a file is about, and its rows that were refused.

    Raises: RejectedByProvider (`unreadable_file`).
    """
    items = list(layout.read(content))
    for problem in layout.check(items):
        raise unreadable(_said(problem))
    records = [item for item in items if isinstance(item, Record)]
    whole = [record for record in records if _is_whole(layout.record_specs.get(record.type))]
    named = {str(record.values[BATCH]) for record in whole if record.values.get(BATCH) is not None}
    if len(named) != 1:
        raise unreadable("it names several batches: ask the operator for a file of each")
    return named.pop(), [record for record in records if record.type == REFUSED]


def rejects_of(
    layout: Layout,
    rows: Sequence[Record],
    references: frozenset[str],
    codes: Mapping[str, Mapping[str, str]],
    language: Language,
) -> tuple[RecordReject, ...]:
    """What was refused, by record: the first reason of each, whichever of its people the row is about.

    Raises: RejectedByProvider (`unreadable_file`), for a row about what is not in the batch.
    """
    fields = {field.name: field for field in layout.record_specs[REFUSED].fields}
    ours = {theirs: name for name, theirs in codes.get("field", {}).items()}
    found: dict[str, RecordReject] = {}
    for row in rows:
        told = {name: str(row.values.get(name) or "").strip() for name in _TEXTS}
        reference, code = told["obligation_number"], told["code"]
        if reference not in references:
            raise unreadable(f"line {row.number}, obligation_number: it is not in the batch; ask for this batch's file")
        if len(code) > _LONGEST_CODE or not code.isprintable():
            raise unreadable(f"line {row.number}, code: it is no code; correct the setting answer_layout")
        name = ours.get(told["field"], told["field"])
        found.setdefault(
            reference,
            RecordReject(
                reference=reference, code=code, field=name if name in FACTS else "",
                remedy=_remedy(fields, told, language),
            ),
        )  # fmt: skip
    return tuple(found.values())


def _remedy(fields: Mapping[str, FieldSpec], told: Mapping[str, str], language: Language) -> str:
    """What the layout says of the code; else the operator's own words, unless they are about a person."""
    meaning = (fields["code"].codes or {}).get(told["code"], "")
    reason = told["reason"] if "reason" in fields and not fields["reason"].personal else ""
    return meaning or reason or f"{_CORRECT.localised(language)}: {told['code']}"


def unreadable(why: str) -> RejectedByProvider:
    """That a file is not the operator's answer, and what to do."""
    return RejectedByProvider(why, code="unreadable_file")


def _said(problem: Problem) -> str:
    place = f"line {problem.number}" + (f", {problem.field}" if problem.field else "")
    # A code that is none may be anything, where the columns are shifted.
    why = "it is no code of this field" if problem.code == "unknown_code" else problem.why
    return f"{place}: {why}; {problem.remedy}"


def _is_whole(spec: RecordSpec | None) -> bool:
    return spec is not None and spec.role is not Role.DETAIL
