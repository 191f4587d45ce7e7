"""Two versions of a layout: what changes is said in words, and whether it breaks readers or writers."""

from __future__ import annotations

from pathlib import Path

import pytest

from recobro_sdk.layouts import ChangeKind, compare, parse_layout
from recobro_sdk.layouts.__main__ import main

OLD = """
name = "collections"
version = "1"
title = "Collections"
[[records]]
name = "detail"
fields = [
  { name = "type", kind = "const", value = "D", width = 1 },
  { name = "debt", width = 10, required = true },
  { name = "amount", kind = "amount", width = 12, decimals = 2 },
  { name = "method", width = 2, codes = { CA = "cash", TR = "transfer" } },
  { name = "branch", width = 4 },
  { name = "spare", kind = "filler", width = 11 },
]
[[records]]
name = "end"
role = "trailer"
fields = [{ name = "type", kind = "const", value = "T", width = 1 }]
"""
NEW = """
name = "collections"
version = "2"
title = "Collections, second version"
[[records]]
name = "detail"
required = true
fields = [
  { name = "type", kind = "const", value = "D", width = 1 },
  { name = "debt_reference", width = 10, required = true },
  { name = "amount", kind = "amount", width = 14, decimals = 4, scale = 4 },
  { name = "method", width = 2, required = true, codes = { CA = "cheque", PS = "PSE" } },
  { name = "paid_on", kind = "date", width = 8, format = "YYYYMMDD" },
  { name = "spare", kind = "filler", width = 5 },
]
"""


def test_each_change_is_told_in_words_with_whom_it_breaks() -> None:
    old, new = parse_layout(OLD), parse_layout(NEW)
    told = [str(change) for change in compare(old, new)]
    assert told == [
        "detail: is required (breaks writers)",
        "detail.debt: is debt_reference now, with the same bytes (breaks nobody)",
        "detail.amount: from columns 12-23 to columns 12-25 (breaks readers and writers)",
        "detail.amount: width was 12 and is 14 (breaks readers and writers)",
        "detail.amount: decimals was 2 and is 4 (breaks readers and writers)",
        "detail.amount: scale was 2 and is 4 (breaks readers and writers)",
        "detail.method: from columns 24-25 to columns 26-27 (breaks readers and writers)",
        "detail.method: is required (breaks writers)",
        "detail.method: codes gone: TR (breaks writers)",
        "detail.method: new codes: PS (breaks readers)",
        "detail.method: code CA was 'cash' and is 'cheque' (breaks readers and writers)",
        "detail.branch: gone from columns 26-29, where it held text (breaks readers and writers)",
        "detail.paid_on: new at columns 28-35, holds date YYYYMMDD (breaks readers and writers)",
        "end: the record is gone (breaks writers)",
    ]
    assert {change.kind for change in compare(old, new)} >= {
        ChangeKind.RENAMED, ChangeKind.MOVED, ChangeKind.RETYPED, ChangeKind.REMOVED, ChangeKind.ADDED,
    }  # fmt: skip
    assert compare(old, old) == []


def test_a_field_made_of_room_that_was_kept_breaks_nobody() -> None:
    old = parse_layout(OLD)
    new = OLD.replace(
        '{ name = "spare", kind = "filler", width = 11 },',
        '{ name = "paid_on", kind = "date", width = 8, format = "YYYYMMDD" },'
        '{ name = "spare", kind = "filler", width = 3 },',
    )
    assert [str(change) for change in compare(old, parse_layout(new))] == [
        "detail.paid_on: new at columns 30-37, holds date YYYYMMDD (breaks nobody)"
    ]
    back = [str(change) for change in compare(parse_layout(new), old)]
    assert back == ["detail.paid_on: gone from columns 30-37, where it held date YYYYMMDD (breaks nobody)"]
    # What is said to break nobody does not: each version reads what the other wrote, and gives it back.
    line = b"D" + b"OBL-000001" + b"000000012345" + b"CA" + b"0001" + b"20260131   \n"
    for layout in (old, parse_layout(new)):
        records = list(layout.read(line))
        assert layout.dump(records) == line and not list(layout.check(records))


def test_framing_is_compared_and_the_command_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, crlf = tmp_path / "old.toml", tmp_path / "new.toml", tmp_path / "crlf.toml"
    old.write_text(OLD)
    new.write_text(NEW)
    crlf.write_text(OLD.replace('title = "Collections"', 'title = "x"\nframing = { ending = "\\r\\n" }'))
    assert main(["compare", str(old), str(new)]) == 1
    assert capsys.readouterr().out.endswith("14 changes\n")
    assert main(["compare", str(old), str(old)]) == 0 and capsys.readouterr().out == "no changes\n"
    assert main(["compare", str(old), str(crlf)]) == 1
    assert capsys.readouterr().out.splitlines()[0].startswith("file: ending was '\\n' and is '\\r\\n'")
    with pytest.raises(SystemExit):
        main(["compare", str(old)])
