"""`python -m recobro_metro2`: read a file as JSON, write one from JSON, check one, and document the layout."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from recobro_metro2.documents import check, from_json, to_json
from recobro_metro2.forms import Form, layout
from recobro_sdk.layouts import LayoutError, Reject


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Answers 0, 1 where the file has problems, 2 where it cannot be read or written at all."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except LayoutError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems or (error,))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="recobro_metro2", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    reading = commands.add_parser("read", help="a file as JSON")
    reading.add_argument("file", type=Path)
    writing = commands.add_parser("write", help="a file from JSON, to standard output or --output")
    writing.add_argument("file", type=Path)
    writing.add_argument("--form", type=Form, choices=list(Form), help="unless the descriptor words say it")
    writing.add_argument("--newline", action="store_true", help="a line break after each record but the last")
    writing.add_argument("--tolerant", action="store_true", help="cut text, drop unknown fields, and say so")
    writing.add_argument("--output", type=Path)
    checking = commands.add_parser("check", help="every problem of a file, one a line")
    checking.add_argument("file", type=Path)
    document = commands.add_parser("document", help="the layout in Markdown")
    document.add_argument("--form", type=Form, choices=list(Form), default=Form.CHARACTER)
    return parser


def _run(options: argparse.Namespace) -> int:
    if options.command == "document":
        sys.stdout.write(layout(options.form).document())
        return 0
    if options.command == "read":
        rejects: list[Reject] = []
        json.dump(to_json(options.file.read_bytes(), rejects), sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
        sys.stderr.writelines(f"{problem}\n" for reject in rejects for problem in reject.problems)
        return 1 if rejects else 0
    if options.command == "write":
        document, changed = json.loads(options.file.read_text("utf-8")), Counter[str]()
        data = from_json(
            document, form=options.form, newline=options.newline, tolerant=options.tolerant, changed=changed
        )
        sys.stderr.writelines(f"{what}, {count} times\n" for what, count in sorted(changed.items()))
        if options.output is None:
            sys.stdout.buffer.write(data)
        else:
            options.output.write_bytes(data)
        return 0
    count = 0
    with options.file.open("rb") as file:
        for problem in check(file):
            count += 1
            sys.stdout.write(f"{problem}\n")
    sys.stdout.write("no problems\n" if count == 0 else f"{count} problems\n")
    return 1 if count else 0


if __name__ == "__main__":
    raise SystemExit(main())
