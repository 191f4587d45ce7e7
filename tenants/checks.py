"""Input that several use cases take: addresses of people, tax ids, names."""

import re

from core.kit.errors import InvalidInput

_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
_COUNTRY = re.compile(r"[A-Z]{2}")


def email_address(text: str, *, field: str = "email") -> str:
    """In lower case, as it is kept. Raises: InvalidInput (INVALID_EMAIL)."""
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise InvalidInput(f"'{text[:80]}' is not an email address.", code="INVALID_EMAIL", field=field)
    return email


def domain_name(text: str, *, field: str = "emailDomain") -> str:
    """Raises: InvalidInput (INVALID_DOMAIN)."""
    domain = text.strip().lower()
    if len(domain) > 200 or not _DOMAIN.fullmatch(domain):
        raise InvalidInput(f"'{text[:80]}' is not a domain name.", code="INVALID_DOMAIN", field=field)
    return domain


def slug(text: str, *, field: str = "slug") -> str:
    """Raises: InvalidInput (INVALID_SLUG)."""
    if not _SLUG.fullmatch(text):
        raise InvalidInput(
            f"'{text[:80]}' is not a short name.", code="INVALID_SLUG", field=field,
            remedy="Use 1 to 60 lower-case letters, digits and hyphens.",
        )  # fmt: skip
    return text


def label(text: str, field: str, *, longest: int = 200) -> str:
    """A name for people: trimmed, not empty, in one line. Raises: InvalidInput (INVALID_NAME)."""
    name = text.strip()
    if not name or len(name) > longest or not name.isprintable():
        raise InvalidInput(f"A name of 1 to {longest} characters is needed.", code="INVALID_NAME", field=field)
    return name


def country_code(text: str, *, field: str = "country") -> str:
    """ISO 3166-1 alpha-2. Raises: InvalidInput (INVALID_COUNTRY)."""
    if not _COUNTRY.fullmatch(text):
        raise InvalidInput(
            f"'{text[:10]}' is not a country code.", code="INVALID_COUNTRY", field=field, remedy="CO, EC …"
        )
    return text


def tax_id(text: str, country: str, *, field: str = "taxId") -> str:
    """Without separators, as it is kept. A Colombian NIT (DIAN) comes with its check digit, which must be right.

    Raises: InvalidInput (INVALID_TAX_ID).
    """
    from stdnum.co import nit  # here, as most processes never register a creditor
    from stdnum.exceptions import ValidationError

    compact = re.sub(r"[\s.\-]", "", text).upper()
    try:
        if country == "CO":
            return nit.validate(compact)
        if not re.fullmatch(r"[0-9A-Z]{4,40}", compact):
            raise ValidationError
    except ValidationError as problem:
        raise InvalidInput(
            f"'{text[:50]}' is not a tax id of {country}.",
            code="INVALID_TAX_ID",
            field=field,
            remedy="Give the NIT with its check digit, such as 860.034.313-7." if country == "CO" else None,
        ) from problem
    return compact
