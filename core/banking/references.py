"""References that debtors quote: creditor references of ISO 11649 (RF), and how any of them is compared."""

import re

_RF = re.compile(r"RF\d\d[ 0-9A-Z]{1,30}")
_MOST = 21


def compact(text: str) -> str:
    """A reference without blanks and separators, in capitals."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())


def make_rf(body: str) -> str:
    """The creditor reference of a body of 1 to 21 letters and digits, with its check digits (ISO 11649: mod 97-10).

    Raises: ValueError for a body that is none.
    """
    plain = compact(body)
    if not 1 <= len(plain) <= _MOST:
        raise ValueError("the body of a creditor reference has 1 to 21 letters and digits")
    rest = int("".join(str(int(letter, 36)) for letter in f"{plain}RF00")) % 97
    return f"RF{98 - rest:02d}{plain}"


def find_rf(*texts: str) -> str:
    """The creditor reference in what a payer wrote, grouped in fours or not; "" where none has right check digits.

    Of a text that goes on behind it the longest beginning is taken that ends where a word does and whose check digits
    are right.
    """
    from stdnum import iso11649  # here, as what serves never looks for one

    for text in texts:
        for found in _RF.finditer(" ".join(re.split(r"[^0-9A-Z]+", text.upper()))):
            words = found.group().split(" ")
            for count in range(len(words), 0, -1):
                reference = "".join(words[:count])
                if iso11649.is_valid(reference):
                    return reference
    return ""
