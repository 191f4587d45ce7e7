"""Handing a debt over to a legal channel: checklist, dossier, acknowledgement."""
