"""The command `recobro-sdk`: begin a plugin, see how good it is, try it without a host."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from recobro_sdk.cli.problems import CommandError
from recobro_sdk.manifest import SDK_VERSION


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when all is well, 1 when something is missing, 2 when it could not be done."""
    # Each command is imported when it is asked for: `new` needs no test kit.
    from recobro_sdk.cli import check, new, run

    parser = argparse.ArgumentParser(prog="recobro-sdk", description=__doc__)
    parser.add_argument("--version", action="version", version=SDK_VERSION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="new | check | run")
    new.add_to(commands)
    check.add_to(commands)
    run.add_to(commands)
    given = parser.parse_args(arguments)
    try:
        return given.act(given)
    except CommandError as error:
        sys.stderr.write(f"recobro-sdk: {error}\n")
        return 2


def here(path: Path) -> str:
    """A path as somebody in the current folder would type it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
