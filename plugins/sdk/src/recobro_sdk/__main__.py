"""`python -m recobro_sdk`: the command `recobro-sdk`."""

from __future__ import annotations

import sys

from recobro_sdk.cli import main

if __name__ == "__main__":
    sys.exit(main())
