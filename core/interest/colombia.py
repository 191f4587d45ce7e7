"""Caps of interest of Colombia: those that this project has a source for."""

from datetime import date
from decimal import Decimal

from core.interest.save_rate_cap import SaveRateCap

CONSUMER = "CO_CONSUMER"
"""Consumer and ordinary credit: 1.5 times the interbank current interest (IBC), effective annual."""

_NOTE = "secondary source: compare with the resolution of the Superintendencia Financiera before you rely on it"
PUBLISHED = (
    SaveRateCap(
        modality=CONSUMER, valid_from=date(2026, 1, 1), valid_to=date(2026, 3, 31), annual_rate=Decimal("0.2677"),
        resolution="Superintendencia Financiera, first quarter of 2026", source=_NOTE,
    ),
    SaveRateCap(
        modality=CONSUMER, valid_from=date(2026, 4, 1), valid_to=date(2026, 6, 30), annual_rate=Decimal("0.2817"),
        resolution="Superintendencia Financiera, second quarter of 2026", source=_NOTE,
    ),
)  # fmt: skip
