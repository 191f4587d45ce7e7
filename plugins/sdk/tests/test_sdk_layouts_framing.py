"""How files fall into records: lines that end early, breaks inside of records, descriptor words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from recobro_sdk.layouts import LayoutError, Record, Reject, load_layout, parse_layout
from recobro_sdk.layouts.testing import check_round_trip

DATA = Path(__file__).parent / "data"
BLOCKS, WRAPPED, NOTES = (load_layout(DATA / f"{name}.toml") for name in ("blocks", "wrapped", "notes"))


def test_lines_that_end_early_endings_of_both_kinds_and_empty_lines_stay() -> None:
    data = b"0120260102Called\r\n02\n\n\r\n0320260103"
    records = check_round_trip(NOTES, data)
    assert [record.values for record in records][1:] == [
        {"code": "02", "day": None, "text": None},
        {"code": "03", "day": date(2026, 1, 3), "text": None},
    ]
    records[2].values["text"] = "late"
    assert NOTES.dump(records).endswith(b"\n\n\r\n" + b"0320260103late".ljust(1034))


def test_a_date_that_stands_for_none_is_none_and_stays_as_it_was() -> None:
    data = b"0119700101x\r\n0200000000y\r\n03        z\r\n"
    records = check_round_trip(NOTES, data)
    assert [record.values["day"] for record in records] == [None, None, None]
    assert NOTES.dump([Record("note", record.values) for record in records])[:10] == b"0100000000"


def test_line_breaks_inside_of_records_come_back_where_they_were() -> None:
    data = b"\n0025Rshort               \r\n00\n25Rwrapp\r\ned text, yes   \n"
    records = check_round_trip(WRAPPED, data)
    assert [record.values["text"] for record in records] == ["short", "wrapped text, yes"]
    item = next(WRAPPED.read(b"0025R" + b"x" * 10))
    assert isinstance(item, Reject) and "15 of 25 bytes" in str(item.problems[0])


def test_a_line_that_was_cut_takes_nothing_from_the_next() -> None:
    whole = b"0025Rwhole               \n"
    data = whole + b"0025Rcut here\n" + whole + b"0025Rcut at the end"
    items = list(WRAPPED.read(data))
    assert [type(item).__name__ for item in items] == ["Record", "Reject", "Record", "Reject"]
    assert WRAPPED.dump(items) == data
    assert isinstance(items[1], Reject) and items[1].raw == b"0025Rcut here\n"


def test_the_line_counts_where_a_length_has_no_room_for_the_fields() -> None:
    line = b"0006Rtold by the line    "
    items = check_round_trip(WRAPPED, b"\n".join([line, line, line]))
    assert [item.values["text"] for item in items] == ["told by the line"] * 3
    assert {problem.code for problem in WRAPPED.check(items)} == {"wrong_length"}


def test_what_stands_between_two_lines_is_no_part_of_the_first() -> None:
    whole = b"0025Rwhole               \n"
    items = list(WRAPPED.read(whole + b"what is this" + whole))
    assert [type(item).__name__ for item in items] == ["Record", "Reject", "Record"]


def test_descriptor_words_are_believed_only_where_a_record_begins_after_them() -> None:
    day = b"\0" + (12_312_026).to_bytes(3, "big") + b"s"
    body = b"1" + day + bytes.fromhex("000000123c") + b"\0\1\2"
    note, party = b"NThello   ", b"PT000000007"

    def word(count: int) -> bytes:
        return count.to_bytes(2, "big") + b"\0\0"

    one = word(4 + len(body) + len(note)) + body + note
    two = word(4 + len(body) + 2 * len(party)) + body + party + party
    blocked = word(4 + len(one) + len(two)) + one + two
    padded = word(4 + len(one) + 6) + one + b" " * 6
    without_block = two
    block_too_small = word(7) + one
    data = blocked + padded + block_too_small + without_block
    records = check_round_trip(BLOCKS, data)
    assert [len(record.segments) for record in records] == [1, 2, 1, 1, 2]
    assert [record.frame.block if record.frame else 0 for record in records] == [
        len(blocked),
        None,
        len(padded),
        7,
        None,
    ]
    assert records[0].values == {"kind": 1, "on": date(2026, 12, 31), "owed": 123_00, "units": 258}
    forgetful = word(4 + len(body)) + body + party + note + without_block
    items = check_round_trip(BLOCKS, forgetful)
    assert [[part.type for part in item.segments] for item in items] == [["party", "note"], ["party", "party"]]
    assert [problem.code for problem in BLOCKS.check(items)] == ["wrong_length"]
    records[1].segments.append(Record("note", {"text": "new"}))
    grown = BLOCKS.dump(records[1:2])
    assert grown[:4] == word(len(grown)) and [len(item.segments) for item in check_round_trip(BLOCKS, grown)] == [3]
    with pytest.raises(LayoutError, match="longer than its descriptor word"):
        BLOCKS.dump([Record("account", records[0].values, records[1].segments * 4_000)])
    garbage = blocked + b"what is this" + padded
    items = list(BLOCKS.read(garbage))
    assert [type(item).__name__ for item in items] == ["Record", "Record", "Reject", "Record"]
    assert BLOCKS.dump(items) == garbage
    cut = list(BLOCKS.read(data[:-5]))[-1]
    assert isinstance(cut, Reject) and "send the file again" in cut.problems[0].remedy
    strange = Record("account", records[0].values, [Record("note", {"text": "a"})] * 3, tail=b"ZZ9")
    assert [problem.code for problem in BLOCKS.check([strange])] == ["too_many_segments", "unknown_segment"]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("usual", ["\\n", "\\r\\n"])
def test_a_quoted_delimiter_in_the_last_field_ends_with_its_row(usual: str, ending: bytes) -> None:
    layout = parse_layout(
        f'name = "rows"\nversion = "1"\ntitle = "t"\nframing = {{ shape = "delimited", delimiter = ";", ending = "{usual}" }}\n'
        '[[records]]\nname = "row"\nfields = [{ name = "first" }, { name = "last" }]\n'
    )
    data = ending.join([b'1;"a;"', b'2;";"', b'3;"b' + ending + b';"', b"4;c", b""])
    records = check_round_trip(layout, data)
    assert [record.values["first"] for record in records] == ["1", "2", "3", "4"]
    assert records[2].values["last"] == f"b{ending.decode()};"
