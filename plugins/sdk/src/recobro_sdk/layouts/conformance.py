"""Where `LayoutConformance` was before it became one of the kits of `recobro_sdk.testing`."""

from __future__ import annotations

from recobro_sdk.testing.layouts import LayoutConformance

__all__ = ["LayoutConformance"]
