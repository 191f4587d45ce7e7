"""Invented Colombian debtors: names, documents with right check digits, phones of the numbering plan, addresses."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from stdnum.co import nit

from recobro.demo import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Debtor:
    """A person (`CC`) or a firm (`NIT`, with its check digit). `mobile` and `landline` are national numbers."""

    name: str
    document_type: str
    document: str
    mobile: str
    landline: str
    email: str
    address: str
    city: str
    department: str


def tax_id(base: str) -> str:
    """A NIT: its number and the check digit."""
    return base + nit.calc_check_digit(base)


class Debtors:
    """Draws debtors of one region; nobody's document or e-mail address comes twice."""

    def __init__(self, random: Random, region: str) -> None:
        self._random = random
        self._cities = words.CITIES[region]
        self._taken: set[str] = set()

    def person(self) -> Debtor:
        random = self._random
        names = random.choice((words.WOMEN, words.MEN))
        given = random.sample(names, 2 if random.random() < 0.45 else 1)
        surnames = random.sample(words.SURNAMES, 2)
        return self._made(" ".join([*given, *surnames]), "CC", self._unused(self._cedula), f"{given[0]}.{surnames[0]}")

    def firm(self) -> Debtor:
        random = self._random
        trade, owner = random.choice(words.TRADES), random.choice(words.FIRM_NAMES)
        number = self._unused(lambda: tax_id(str(random.randint(800_000_000, 901_899_999))))
        return self._made(f"{trade} {owner} {random.choice(words.FIRM_FORMS)}", "NIT", number, f"pagos.{owner}")

    def _made(self, name: str, document_type: str, document: str, mailbox: str) -> Debtor:
        random = self._random
        city, department, area = random.choice(self._cities)
        mobile = random.choice(words.MOBILE_PREFIXES) + f"{random.randint(2_000_000, 9_899_999)}"
        landline = f"{area}{random.randint(2_000_000, 8_999_999)}" if random.random() < 0.3 else ""
        email = f"{_plain(mailbox)}{document[-4:]}@correo.example" if random.random() < 0.72 else ""
        plate = f"{random.randint(1, 170)} # {random.randint(1, 99)}-{random.randint(1, 99):02d}"
        home = f"Apto {random.randint(1, 12)}0{random.randint(1, 6)}"
        where = random.choice((home, f"Barrio {random.choice(words.DISTRICTS)}", "Local 2"))
        return Debtor(
            name=name,
            document_type=document_type,
            document=document,
            mobile=mobile,
            landline=landline,
            email=email,
            address=f"{random.choice(words.STREETS)} {plate}, {where}",
            city=city,
            department=department,
        )

    def _cedula(self) -> str:
        """Numbers of ten digits since 2003, of seven and eight before. A cédula has no check digit."""
        if self._random.random() < 0.45:
            return str(self._random.randint(1_000_100_000, 1_139_999_999))
        return str(
            self._random.choice(
                (self._random.randint(19_000_000, 98_999_999), self._random.randint(3_000_000, 9_999_999))
            )
        )

    def _unused(self, draw: Callable[[], str]) -> str:
        while (drawn := draw()) in self._taken:
            pass
        self._taken.add(drawn)
        return drawn


def _plain(text: str) -> str:
    """Without accents, blanks and capitals, as in an e-mail address."""
    letters = unicodedata.normalize("NFKD", text.lower().replace(" ", "."))
    return "".join(letter for letter in letters if letter.isascii() and (letter.isalnum() or letter == "."))
