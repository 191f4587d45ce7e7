"""The furnisher and its default layout pass the kits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from recobro_co_bureau import plugin
from recobro_sdk.testing import FurnishingConformance, LayoutConformance, furnishing_batch, furnishing_record


class TestCoBureau(FurnishingConformance):
    plugin = plugin
    settings: ClassVar[Mapping[str, object]] = {}
    batch = furnishing_batch(furnishing_record())
    faulty = furnishing_batch(furnishing_record(), furnishing_record("OBL-2", notices=()))


class TestCoBureauLayout(LayoutConformance):
    plugin = plugin
