"""The layout passes the kit."""

from __future__ import annotations

from recobro_metro2 import plugin
from recobro_sdk.testing import LayoutConformance


class TestMetro2Layout(LayoutConformance):
    plugin = plugin
