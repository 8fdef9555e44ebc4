"""Identifiers of persons in anything that people read."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import ClassVar

from output_checker.files.content import OpenFile, masked
from output_checker.files.findings import FileRule, Found
from output_checker.files.inspectors.base import FAIL, REVIEW, Inspector
from output_checker.text import Text

_TAKE_OUT = Text("Haal dit uit het bestand.", "Take this out of the file.")
BSN = FileRule(
    "bsn",
    Text("Burgerservicenummer", "Citizen service number"),
    FAIL,
    Text(
        "Er staat een getal van negen cijfers in dat voldoet aan de elfproef van het burgerservicenummer.",
        "It holds a number of nine digits that satisfies the eleven-test of the Dutch citizen service number.",
    ),
    Text(
        "Haal het uit het bestand. Is het geen burgerservicenummer, rond het dan af of zet er punten in.",
        "Take it out of the file. If it is no citizen service number, round it or group its digits.",
    ),
)
PERHAPS_BSN = FileRule(
    "perhaps_bsn",
    Text("Misschien een burgerservicenummer", "Perhaps a citizen service number"),
    REVIEW,
    Text(
        "Er staat een getal in dat, zonder tussentekens of met een nul ervoor, aan de elfproef voldoet.",
        "It holds a number that, without separators or with a zero before it, satisfies the eleven-test.",
    ),
    Text("Ga na dat het geen burgerservicenummer is.", "Make sure that it is no citizen service number."),
)
IBAN = FileRule(
    "iban",
    Text("Rekeningnummer", "Bank account"),
    FAIL,
    Text("Er staat een geldig IBAN in.", "It holds a valid IBAN."),
    _TAKE_OUT,
)
EMAIL = FileRule(
    "email",
    Text("E-mailadres", "E-mail address"),
    REVIEW,
    Text("Er staat een e-mailadres in.", "It holds an e-mail address."),
    Text("Haal het weg, of leg uit van wie het is.", "Take it out, or explain whose it is."),
)
PHONE = FileRule(
    "phone",
    Text("Telefoonnummer", "Phone number"),
    REVIEW,
    Text("Er staat een Nederlands telefoonnummer in.", "It holds a Dutch phone number."),
    Text("Haal het weg, of leg uit van wie het is.", "Take it out, or explain whose it is."),
)
ADDRESS = FileRule(
    "address",
    Text("Postcode met huisnummer", "Postcode with house number"),
    REVIEW,
    Text(
        "Er staat een postcode met een huisnummer in: dat is één adres.",
        "It holds a postcode with a house number: that is one address.",
    ),
    Text("Haal het weg, of leg uit van wie het is.", "Take it out, or explain whose it is."),
)
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
_NINE = re.compile(r"(?<![\d.,])\d{9}(?!\d|[.,]\d)")
_PERHAPS = re.compile(r"(?<![\d.,])(?:\d{8}|\d{3}[. -]\d{3}[. -]\d{3}|\d{4}[. ]\d{2}[. ]\d{3})(?!\d|[.,]\d)")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_EMAIL = re.compile(
    r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,10}\b"
)
_PHONE = re.compile(r"(?<![\w.,+])(?:\+31|0031|0)[ -]?(?:\(0\)[ -]?)?[1-9](?:[ -]?\d){8}(?![\d])")
_POSTCODE = r"[1-9]\d{3} ?(?!S[ADS])[A-Z]{2}"
_ADDRESS = re.compile(rf"\b{_POSTCODE}\b[ ,]{{1,3}}\d{{1,5}}\b|\b\d{{1,5}}[A-Za-z]?,? {{0,2}}\b{_POSTCODE}\b")


def is_bsn(digits: str) -> bool:
    """The eleven-test of the citizen service number: 9a + 8b + ... + 2h - i is a multiple of 11, and not all zeros.

    Source: Logisch Ontwerp BSN, RvIG.
    """
    weighed = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return weighed % 11 == 0 and digits != "0" * 9


def is_iban(text: str) -> bool:
    """The check digits of an account number: the remainder by 97 is 1 (ISO 13616, ISO 7064 MOD 97-10)."""
    turned = text.replace(" ", "")
    turned = turned[4:] + turned[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def _perhaps_bsn(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return is_bsn(digits.zfill(9)) and not _is_date(digits)


def _is_date(digits: str) -> bool:
    """Whether eight digits are a day of our times, which many files are full of."""
    for form in ("%Y%m%d", "%d%m%Y"):
        try:
            found = dt.datetime.strptime(digits, form).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
        if 1900 <= found.year <= 2100:
            return True
    return False


class Identifiers(Inspector):
    """Citizen service numbers, accounts, e-mail addresses, phone numbers and addresses, by their shape and check digits."""

    id: ClassVar[str] = "identifiers"
    title: ClassVar[Text] = Text("Persoonsnummers en adressen", "Personal numbers and addresses")
    rules: ClassVar[tuple[FileRule, ...]] = (BSN, PERHAPS_BSN, IBAN, EMAIL, PHONE, ADDRESS)

    _patterns: ClassVar[tuple[tuple[FileRule, re.Pattern[str], Callable[[str], bool]], ...]] = (
        (BSN, _NINE, is_bsn),
        (PERHAPS_BSN, _PERHAPS, _perhaps_bsn),
        (IBAN, _IBAN, is_iban),
        (EMAIL, _EMAIL, bool),
        (PHONE, _PHONE, bool),
        (ADDRESS, _ADDRESS, bool),
    )

    def inspect(self, file: OpenFile) -> Iterator[Found]:
        """Each one that is found, masked."""
        for passage, line, text in file.lines():
            for rule, pattern, holds in self._patterns:
                for found in pattern.findall(text):
                    if holds(found):
                        yield Found(rule, file.place(passage, line, masked(found)))
