"""A schema is tried on a file from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recobro_sdk.layouts.__main__ import main

SCHEMA = str(Path(__file__).parent / "data" / "notes.toml")


def test_read_check_again_and_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(b"0120260102called\n0220261302\n")
    assert main(["read", SCHEMA, str(file)]) == 1
    shown = capsys.readouterr()
    assert [json.loads(line)["day"] for line in shown.out.splitlines()] == ["2026-01-02"]
    assert shown.err.startswith("record 2 (note), day, columns 3-10: '20261302'")
    assert main(["check", SCHEMA, str(file)]) == 1 and capsys.readouterr().out.endswith("1 problems\n")
    assert main(["again", SCHEMA, str(file)]) == 0 and capsys.readouterr().out == "the same bytes\n"
    assert main(["document", SCHEMA]) == 0 and "| 3-10 | `day` |" in capsys.readouterr().out
    assert main(["read", SCHEMA, str(tmp_path / "none")]) == 2 and main(["document", str(file)]) == 2
    with pytest.raises(SystemExit):
        main(["read", SCHEMA])


def test_a_check_of_the_layout_kit_cannot_be_replaced() -> None:
    from recobro_sdk.layouts.conformance import LayoutConformance

    with pytest.raises(TypeError, match="test_no_byte_is_lost"):
        type("TestMine", (LayoutConformance,), {"test_no_byte_is_lost": lambda self: None})
