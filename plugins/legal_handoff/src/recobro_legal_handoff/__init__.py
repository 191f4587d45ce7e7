"""Hands a case to a Colombian law firm: checks it, packs it and acknowledges it."""

from recobro_legal_handoff.channel import LegalHandoff
from recobro_legal_handoff.settings import LegalHandoffSettings

__all__ = ["LegalHandoff", "LegalHandoffSettings"]
