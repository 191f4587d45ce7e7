"""What a party, its identifiers and its contact points may be."""

from enum import StrEnum


class PartyKind(StrEnum):
    NATURAL = "NATURAL"
    LEGAL = "LEGAL"


class IdentifierType(StrEnum):
    """CC cédula de ciudadanía, CE cédula de extranjería, NIT, PASSPORT; TAX_ID of another country; CUSTOMER is a
    creditor's own number for its customer, which means something only together with that creditor."""

    CC = "CC"
    CE = "CE"
    TI = "TI"
    NIT = "NIT"
    PASSPORT = "PASSPORT"
    TAX_ID = "TAX_ID"
    CUSTOMER = "CUSTOMER"


class ContactChannel(StrEnum):
    PHONE = "PHONE"
    EMAIL = "EMAIL"
