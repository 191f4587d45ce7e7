"""Finds the hostile plugin by its folder: it is never installed, so that nobody gets it by accident."""

from __future__ import annotations

import sys
from pathlib import Path

# One of its defects needs the host's packages within reach, as they are in a server.
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "src"), str(Path(__file__).parents[3])]
