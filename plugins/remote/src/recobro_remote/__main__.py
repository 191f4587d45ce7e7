"""`python -m recobro_remote schema`: the protocol as an OpenAPI 3.1 document, on standard output."""

from __future__ import annotations

import argparse
import json
import sys

from recobro_remote.schema import protocol_document


def main(arguments: list[str] | None = None) -> int:
    """Run the one command."""
    parser = argparse.ArgumentParser(prog="recobro_remote", description=__doc__)
    parser.add_subparsers(dest="command", required=True).add_parser("schema", help="the OpenAPI document")
    parser.parse_args(arguments)
    sys.stdout.write(json.dumps(protocol_document(), indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
