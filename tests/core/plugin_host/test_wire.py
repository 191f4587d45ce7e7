"""What crosses to a plugin's process: every contract of the SDK, exactly, and nothing that is of another shape."""

import asyncio
import socket
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.plugin_host.codec import Operation, Shape, ShapeError, operations
from core.plugin_host.offers import KINDS
from core.plugin_host.told import raised, told
from core.plugin_host.wire import MAX_BODY, Frame, Frames, Wire, WireError
from recobro_sdk import (
    Artifact,
    BureauObligation,
    BureauReport,
    CaseSummary,
    Failed,
    Guarantee,
    HandoffReceipt,
    JsonObject,
    LegalChannel,
    LegalStage,
    Money,
    ObligationStatus,
    Outcome,
    Pending,
    PluginError,
    ProcessType,
    ProviderUnavailable,
    RateLimited,
    Settled,
    SubjectKind,
    Unknown,
)

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), lambda inner: st.lists(inner, max_size=3)
)


def _operation(kind: type[Any], name: str) -> Operation:
    return operations(kind)[name]


def test_every_contract_of_a_kind_of_offer_can_cross() -> None:
    for kind in KINDS:
        assert operations(kind.wire), kind.noun


@given(
    minor=st.integers(-(2**62), 2**62),
    days=st.integers(0, 10**6),
    raw=st.dictionaries(st.text(), _json),
    name=st.text(),
)
def test_an_answer_comes_back_as_it_was(minor: int, days: int, raw: JsonObject, name: str) -> None:
    owed = BureauObligation(
        creditor_name=name, balance=Money(minor, "COP"), days_past_due=days, status=ObligationStatus.DISPUTED
    )
    report = BureauReport(provider="p", reference="r", fetched_at=NOW, score=None, obligations=(owed, owed), raw=raw)
    shape = Shape(BureauReport)
    assert shape.decode(shape.encode(report)) == report


def test_arguments_bytes_decimals_and_the_kinds_of_an_outcome_come_back() -> None:
    case = CaseSummary(
        reference="a", country="CO", process=ProcessType.EXECUTIVE, guarantee=Guarantee.NONE,
        debtor_kind=SubjectKind.LEGAL, claim=Money(5, "COP"), due_on=date(2026, 1, 2), agreed_rate=Decimal("28.170"),
    )  # fmt: skip
    requirements = _operation(LegalChannel, "requirements")
    assert requirements.plain and requirements.decode_arguments(requirements.encode_arguments((case,), {})) == (
        [case],
        {},
    )
    receipt = HandoffReceipt(
        channel="c",
        number="1",
        received_at=NOW,
        artifacts=(Artifact(name="a.pdf", media_type="x/y", content=b"\xff\0"),),
    )
    submit = _operation(LegalChannel, "submit")
    assert submit.result.decode(submit.result.encode(receipt)) == receipt
    outcomes = Shape(Outcome[LegalStage])
    for found in (Pending(), Unknown(), Settled(LegalStage.FILED), Failed("x", retryable=True)):
        assert outcomes.decode(outcomes.encode(found)) == found
    listed = Shape(list[Pending | Unknown] | None)
    assert listed.decode(listed.encode([Unknown(), Pending()])) == [Unknown(), Pending()]
    assert listed.decode(listed.encode(None)) is None


def test_what_is_of_another_shape_crosses_in_neither_direction() -> None:
    money, report, outcome = Shape(Money), Shape(BureauReport), Shape(Outcome[LegalStage])
    forged = Money(5, "COP")
    object.__setattr__(forged, "minor_units", 5.5)
    for shape, value in ((money, forged), (money, "5"), (report, None), (outcome, 7)):
        with pytest.raises(ShapeError):
            shape.decode(shape.encode(value))
    for body in (
        b'[{"minor_units":5.0,"currency":"COP"}]', b'[{"minor_units":true,"currency":"COP"}]',
        b'[{"minor_units":"5","currency":"COP"}]', b'[{"minor_units":5,"currency":"cop"}]', b"[]", b"{", b"\xff",
        b"[" * 100_000,
    ):  # fmt: skip
        with pytest.raises(ShapeError):
            money.decode(body)
    for body in (b'[{"$type":"Settled"}]', b'[{"$type":"Nobody"}]', b'[{"$type":7}]', b"[7]"):
        with pytest.raises(ShapeError):
            outcome.decode(body)


def test_arguments_are_taken_by_place_and_name_as_the_contract_has_them() -> None:
    class Greeter(Protocol):
        async def greet(self, name: str, times: int = 2, *, loud: bool = False) -> str: ...

    greet = _operation(Greeter, "greet")
    for args, kwargs in (
        (("a", 2), {"loud": False}),
        ((), {"loud": False, "times": 2, "name": "a"}),
        (("a",), {}),
        ((), {"name": "a"}),
    ):
        assert greet.decode_arguments(greet.encode_arguments(args, kwargs)) == (["a", 2], {"loud": False})
    for args, kwargs in (
        ((), {}),
        (("a", 2, True), {}),
        (("a",), {"name": "a"}),
        (("a",), {"times": 2, "loudly": True}),
    ):
        with pytest.raises(TypeError):
            greet.encode_arguments(args, kwargs)


def test_errors_cross_by_class_and_code_and_a_stranger_as_the_nearest() -> None:
    class Overloaded(ProviderUnavailable):
        pass

    class Odd(PluginError):
        retryable = True

    found = raised(told(Overloaded("later", code="overloaded")))
    assert (type(found), found.code, found.safe_message) == (ProviderUnavailable, "overloaded", "later")
    odd = raised(told(Odd("hm")))
    assert type(odd) is PluginError and odd.retryable
    limited = raised(told(RateLimited("slow", after=timedelta(seconds=7))))
    assert isinstance(limited, RateLimited) and limited.after == timedelta(seconds=7)
    assert type(raised({"class": "SystemExit", "code": 7})) is PluginError


@given(st.lists(st.tuples(st.integers(0, 2**40), st.binary(max_size=300)), max_size=8), st.integers(1, 64))
def test_frames_are_whole_however_they_are_cut(sent: list[tuple[int, bytes]], piece: int) -> None:
    frames = [Frame("call", number, {"a": number}, body) for number, body in sent]
    data, reader = b"".join(frame.encoded() for frame in frames), Frames()
    found = [frame for begin in range(0, len(data), piece) for frame in reader.feed(data[begin : begin + piece])]
    assert found == frames


@pytest.mark.parametrize(
    "data", [b"\xff" * 8, b"\0\0\0\2\0\0\0\0[]", b"\0\0\0\1\0\0\0\0{", (9).to_bytes(4) + (MAX_BODY + 1).to_bytes(4)]
)
async def test_what_is_no_frame_ends_the_wire_once(data: bytes) -> None:
    with pytest.raises(WireError):
        list(Frames().feed(data))
    ours, theirs = socket.socketpair()
    ended: list[str] = []
    wire = Wire(ours, lambda _: None, ended.append)
    wire.attach(asyncio.get_running_loop())
    theirs.sendall(data)
    theirs.close()
    for _ in range(100):
        await asyncio.sleep(0.01)
        if ended:
            break
    wire.send(Frame("ping", 0, {}))
    wire.close()
    assert len(ended) == 1


async def test_what_the_other_side_does_not_read_yet_waits_and_arrives_in_order() -> None:
    ours, theirs = socket.socketpair()
    wire = Wire(ours, lambda _: None, lambda _: None)
    wire.attach(asyncio.get_running_loop())
    for number in range(50):
        send = wire.send if number % 3 else wire.send_soon
        send(Frame("call", number, {}, bytes([number]) * 100_000))
    reader, found = Frames(), list[Frame]()
    theirs.setblocking(False)
    while len(found) < 50:
        await asyncio.sleep(0)
        try:
            found += reader.feed(theirs.recv(1 << 20))
        except BlockingIOError:
            continue
    assert [(frame.number, frame.body[:1]) for frame in found] == [(number, bytes([number])) for number in range(50)]
    wire.close()
    theirs.close()


async def test_what_is_sent_in_one_turn_of_the_loop_goes_together_and_nothing_after_the_end() -> None:
    ours, theirs = socket.socketpair()
    wire = Wire(ours, lambda _: None, lambda _: None)
    wire.attach(asyncio.get_running_loop())
    theirs.setblocking(False)
    for number in range(3):
        wire.send_soon(Frame("call", number, {}))
    with pytest.raises(BlockingIOError):
        theirs.recv(1 << 20)
    await asyncio.sleep(0)
    assert [frame.number for frame in Frames().feed(theirs.recv(1 << 20))] == [0, 1, 2]
    wire.send_soon(Frame("call", 3, {}))
    wire.close()
    await asyncio.sleep(0)
    assert theirs.recv(1 << 20) == b""
    theirs.close()
