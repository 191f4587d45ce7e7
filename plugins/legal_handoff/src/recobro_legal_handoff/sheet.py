"""What the paper shows, apart from how it is printed: importing this costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from recobro_sdk import Dossier, Requirement


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that is printed."""

    dossier: Dossier
    lines: tuple[Requirement, ...]
    checked_on: date
    firm_name: str
    firm_city: str
