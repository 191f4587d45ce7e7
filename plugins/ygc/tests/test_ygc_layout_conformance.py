"""The layout passes the kit."""

from __future__ import annotations

from recobro_sdk.testing import LayoutConformance
from recobro_ygc import plugin


class TestYgcLayout(LayoutConformance):
    plugin = plugin
