"""`python -m recobro_ygc`: read a file as JSON, one record a line; check one; document the layout."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from recobro_sdk.layouts import Reject, as_json
from recobro_ygc.records import check, layout, read


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Answers 0, 1 where the file has problems, 2 where it cannot be opened."""
    parser = argparse.ArgumentParser(prog="recobro_ygc", description=__doc__)
    parser.add_argument("command", choices=("read", "check", "document"))
    parser.add_argument("file", type=Path, nargs="?")
    options = parser.parse_args(arguments)
    if options.command == "document":
        sys.stdout.write(layout().document())
        return 0
    if options.file is None:
        parser.error(f"{options.command} needs a file")
    try:
        return _read(options.file) if options.command == "read" else _check(options.file)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _read(path: Path) -> int:
    wrong = 0
    with path.open("rb") as file:
        for item in read(file):
            if isinstance(item, Reject):
                wrong = 1
                sys.stderr.writelines(f"{problem}\n" for problem in item.problems)
            else:
                sys.stdout.write(json.dumps(as_json(item), ensure_ascii=False) + "\n")
    return wrong


def _check(path: Path) -> int:
    count = 0
    with path.open("rb") as file:
        for problem in check(read(file)):
            count += 1
            sys.stdout.write(f"{problem}\n")
    sys.stdout.write("no problems\n" if count == 0 else f"{count} problems\n")
    return 1 if count else 0


if __name__ == "__main__":
    raise SystemExit(main())
