"""The furnisher and its default layout pass the kits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from recobro_co_bureau import plugin
from recobro_sdk import Artifact
from recobro_sdk.furnishing import FurnishingBatch, Submission
from recobro_sdk.testing import FurnishingConformance, LayoutConformance, furnishing_batch, furnishing_record


class TestCoBureau(FurnishingConformance):
    plugin = plugin
    settings: ClassVar[Mapping[str, object]] = {}
    batch = furnishing_batch(furnishing_record())
    faulty = furnishing_batch(furnishing_record(), furnishing_record("OBL-2", notices=()))
    partly = furnishing_batch(*(furnishing_record(f"OBL-{n}") for n in range(1, 6)))
    refused = frozenset({"OBL-2", "OBL-4"})

    def answer_file(self, batch: FurnishingBatch, submission: Submission, refused: frozenset[str]) -> Artifact:
        rows = [f"R;{one};E-17;balance;Corrija el saldo" for one in sorted(refused)]
        lines = [f"A;0042;{submission.number};20260312", *rows, f"Z;{len(rows)}", ""]
        return Artifact(name="answer.txt", media_type="text/plain", content="\r\n".join(lines).encode())


class TestCoBureauLayout(LayoutConformance):
    plugin = plugin
