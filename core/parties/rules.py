"""How identifiers, phones and e-mail addresses read, one at a time. `core/parties/sql.py` does the same to whole files,
and tests/core/parties holds the two together."""

import re
from dataclasses import dataclass

from core.kit.errors import InvalidInput
from core.parties.kinds import IdentifierType

# What people write between the digits of an identifier: dots, commas, blanks and dashes of every make.
SEPARATORS = (
    ".,- \t\u00a0\u2007\u202f\u2009\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00b7\u2022\u2024\uff0e\uff0c\uff0d"
)
_WITHOUT_SEPARATORS = str.maketrans("", "", SEPARATORS)

FORMATS: dict[IdentifierType, str] = {
    IdentifierType.CC: "[0-9]{3,11}",
    IdentifierType.TI: "[0-9]{6,11}",
    IdentifierType.CE: "[A-Z0-9]{3,12}",
    IdentifierType.NIT: "[0-9]{8,16}",
    IdentifierType.PASSPORT: "[A-Z0-9]{4,20}",
    IdentifierType.TAX_ID: "[A-ZÑ0-9/&]{4,40}",
    IdentifierType.CUSTOMER: ".{1,40}",
}
"""What a compact number of each type looks like. Of these only the NIT carries a check digit; the cédula has none. The
RFC of Mexico has the initials of a firm in it, Ñ and & among them."""

# Local part and labels as browsers accept them in a form, and at least two labels: mail to one of them goes nowhere.
EMAIL = r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+"
MAX_EMAIL = 254

EXTENSION = r"[ \t,;]*(ext|x|#|anexo|int).*$"
"""What follows a phone number and is no part of it."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """`verified`: the check digit is right, or the type has none. A TAX_ID of another country is never verified."""

    type: IdentifierType
    number: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Phone:
    """`e164` as dialled from anywhere; `line_type` as the numbering plan says, None where it knows no such number."""

    e164: str
    line_type: str | None
    valid: bool


def compact(kind: IdentifierType, given: str) -> str:
    """The number without separators, in capitals; a customer number stays as its creditor writes it."""
    return given.strip() if kind is IdentifierType.CUSTOMER else given.upper().translate(_WITHOUT_SEPARATORS)


def read_identifier(kind: IdentifierType, given: str, *, field: str = "number") -> Identifier:
    """An identifier as people write it. Raises: InvalidInput where it can not be one of its type."""
    number = compact(kind, given)
    if not re.fullmatch(FORMATS[kind], number):
        raise InvalidInput(
            f"'{given[:60]}' is not a {kind.value}.", code="INVALID_IDENTIFIER", field=field,
            remedy="Give the number with its check digit, with or without dots and dashes.",
        )  # fmt: skip
    from stdnum.co import nit  # here, as most processes never read one

    verified = nit.is_valid(number) if kind is IdentifierType.NIT else kind is not IdentifierType.TAX_ID
    return Identifier(kind, number, verified)


def read_phone(given: str, country: str) -> Phone | None:
    """A phone as people of the country (ISO 3166) write it; None where no number can be read from it."""
    import phonenumbers  # here, with its metadata, as most processes never read one
    from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

    plain = re.sub(EXTENSION, "", given, flags=re.IGNORECASE)
    if any(letter.isalpha() for letter in plain):
        return None
    try:
        number = phonenumbers.parse(plain, country)
    except NumberParseException:
        return None
    kind, valid = phonenumbers.number_type(number), phonenumbers.is_valid_number(number)
    line = None if kind == PhoneNumberType.UNKNOWN else PhoneNumberType.to_string(kind)
    return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164), line, valid)


def read_email(given: str) -> str | None:
    """The address in lower case, or None where its syntax is wrong."""
    address = given.strip().lower()
    return address if len(address) <= MAX_EMAIL and re.fullmatch(EMAIL, address) else None
