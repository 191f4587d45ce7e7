"""The shapes of the protocol, the settings, the checklist, and that the document is current."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from remote_reference import SECRET

from recobro_remote.legal import RemoteLegalChannel
from recobro_remote.protocol import ANSWER_COST, FETCH_REPORT, MESSAGE_STATUS, NEWS, NotAnAnswer
from recobro_remote.refusals import signed_refusal
from recobro_remote.schema import protocol_document
from recobro_remote.settings import RemoteLegalSettings, RemoteSettings
from recobro_sdk import (
    CaseDocument,
    DocumentKind,
    Money,
    PluginError,
)
from recobro_sdk.testing import FakeClock, FakeContext, sample_dossier


def test_the_checklist_is_of_the_settings() -> None:
    note, deed = DocumentKind.PROMISSORY_NOTE, DocumentKind.SECURITY_DEED
    values = {"base_url": "https://law.example", "secret": SECRET, "required_documents": [note.value]}
    settings = RemoteLegalSettings.model_validate({**values, "wanted_documents": [deed.value, note.value]})
    context = FakeContext()  # 2 March 2026, 15:00 UTC
    channel = RemoteLegalChannel(settings, context)
    case = sample_dossier().case
    assert [(line.code, line.blocks, line.satisfied) for line in channel.requirements(case)] == [
        ("promissory_note", True, False), ("security_deed", False, False),
    ]  # fmt: skip
    today = context.clock.now().date()
    for days, held in ((0, True), (-1, False)):
        paper = CaseDocument(kind=note, reference="N-1", dated=today, expires_on=today + timedelta(days=days))
        assert channel.requirements(replace(case, documents=(paper,)))[0].satisfied is held
    context.clock.advance(timedelta(hours=12))  # tomorrow in UTC, still today in Bogotá
    paper = CaseDocument(kind=note, reference="N-1", dated=today, expires_on=today)
    assert channel.requirements(replace(case, documents=(paper,)))[0].satisfied


@pytest.mark.parametrize(
    "changes",
    [{"base_url": "http://law.example"}, {"base_url": "ftp://127.0.0.1"}, {"base_url": "https://u:p@law.example"},
     {"secret": "whsec_c2hvcnQ="}, {"secret": "not base64!"}],
)  # fmt: skip
def test_settings_that_cannot_be_safe_are_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="base_url|secret"):
        RemoteSettings.model_validate({"base_url": "https://law.example", "secret": SECRET, **changes})


@given(content=st.binary(max_size=60) | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.sampled_from(["state", "value", "number", "error", "code", "class"]), one)).map(lambda one: json.dumps(one).encode()))  # fmt: skip
def test_no_content_leaves_as_another_error(content: bytes) -> None:
    now = FakeClock().now()
    for operation in (FETCH_REPORT, MESSAGE_STATUS, NEWS, ANSWER_COST):
        try:
            operation.read(content, code="remote_bureau", now=now)
        except NotAnAnswer:
            continue
    assert isinstance(signed_refusal(content, b"{}"), PluginError)


@given(minor=st.integers(-(2**80), 2**80), number=st.text(min_size=1))
def test_amounts_and_texts_arrive_as_they_were_sent(minor: int, number: str) -> None:
    owed = {
        "creditor_name": number,
        "balance": {"minor_units": minor, "currency": "COP"},
        "days_past_due": 0,
        "status": "current",
    }
    body = {"reference": number, "score": None, "obligations": [owed]}
    report = FETCH_REPORT.read(json.dumps(body).encode(), code="remote_bureau", now=FakeClock().now())
    assert report.obligations[0].balance == Money(minor, "COP") and report.reference == number


def test_the_document_is_current_and_its_references_exist() -> None:
    kept = Path(__file__).parents[1] / "openapi.json"
    document = protocol_document()
    assert json.loads(kept.read_text("utf-8")) == document, "python -m recobro_remote schema > openapi.json"
    components = document["components"]["schemas"]

    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "$ref":
                    yield value
                yield from references(value)
        elif isinstance(node, list):
            for item in node:
                yield from references(item)

    assert {one.removeprefix("#/components/schemas/") for one in references(document)} <= set(components)
    report = components["BureauReport"]
    assert "provider" not in report["properties"] and "fetched_at" not in report["properties"]
    assert all("state" in components[name]["required"] for name in ("Pending", "Unknown", "Failed"))
