"""Inquiries at credit bureaus: only with a purpose and a consent, and with the evidence kept."""
