"""Sentences for people, in the languages of the field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["es", "en"]
"""Languages that first-party texts exist in."""


@dataclass(frozen=True, slots=True)
class Text:
    """The same sentence in Spanish and in English."""

    es: str
    en: str

    def localised(self, language: Language) -> str:
        """The sentence in `language`."""
        return self.es if language == "es" else self.en
