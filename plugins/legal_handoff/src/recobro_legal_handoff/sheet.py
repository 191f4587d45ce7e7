"""What the paper shows, apart from how it is printed: importing this costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from recobro_sdk import DocumentKind, Dossier, Requirement


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that is printed."""

    dossier: Dossier
    lines: tuple[Requirement, ...]
    checked_on: date
    firm_name: str
    firm_city: str

    def has(self, kind: DocumentKind) -> bool:
        """Whether a paper of a kind is handed over."""
        return any(document.kind is kind for document in self.dossier.case.documents)
