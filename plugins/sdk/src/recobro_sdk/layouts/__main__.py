"""`python -m recobro_sdk.layouts`: try a schema on a file.

`document SCHEMA` prints it as Markdown, `read SCHEMA FILE` the records as JSON, one a line, `check SCHEMA FILE` every
problem of the file, `again SCHEMA FILE` whether the file is written back byte for byte. `compare OLD NEW` says what
changes between two versions of a schema, and whom each change breaks.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from recobro_sdk.layouts import Layout, LayoutError, Reject, as_json, compare, load_layout


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Answers 0, 1 where the file has problems or the new version breaks somebody, 2 where schema or file cannot be used.
    """
    parser = argparse.ArgumentParser(
        prog="recobro_sdk.layouts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=("document", "compare", *_COMMANDS))
    parser.add_argument("schema", type=Path)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--variant", help="a variant of the schema")
    options = parser.parse_args(arguments)
    path: Path | None = options.file
    command = _COMMANDS.get(options.command)
    if options.command != "document" and path is None:
        parser.error(f"{options.command} needs a file")
    try:
        layout = load_layout(options.schema, options.variant)
        if options.command == "compare" and path is not None:
            return _compare(layout, load_layout(path, options.variant))
        if command is None or path is None:
            sys.stdout.write(layout.document())
            return 0
        return command(layout, path)
    except (LayoutError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _compare(old: Layout, new: Layout) -> int:
    changes = compare(old, new)
    sys.stdout.writelines(f"{change}\n" for change in changes)
    sys.stdout.write(f"{len(changes)} changes\n" if changes else "no changes\n")
    return 1 if any(change.breaks.readers or change.breaks.writers for change in changes) else 0


def _read(layout: Layout, path: Path) -> int:
    wrong = 0
    with path.open("rb") as file:
        for item in layout.read(file):
            if isinstance(item, Reject):
                wrong = 1
                sys.stderr.writelines(f"{problem}\n" for problem in item.problems)
            else:
                sys.stdout.write(json.dumps(as_json(item), ensure_ascii=False) + "\n")
    return wrong


def _check(layout: Layout, path: Path) -> int:
    count = 0
    with path.open("rb") as file:
        for problem in layout.check(layout.read(file)):
            count += 1
            sys.stdout.write(f"{problem}\n")
    sys.stdout.write("no problems\n" if count == 0 else f"{count} problems\n")
    return 1 if count else 0


def _again(layout: Layout, path: Path) -> int:
    """The file is compared while it is written, so that it may be larger than memory."""
    with path.open("rb") as read, path.open("rb") as compared:
        same = all(compared.read(len(piece)) == piece for piece in layout.write(layout.read(read)))
        same = same and not compared.read(1)
    sys.stdout.write("the same bytes\n" if same else "other bytes\n")
    return 0 if same else 1


_COMMANDS: dict[str, Callable[[Layout, Path], int]] = {"read": _read, "check": _check, "again": _again}

if __name__ == "__main__":
    raise SystemExit(main())
