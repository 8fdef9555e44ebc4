"""Numbers that name persons, told apart from numbers that do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from output_checker.files.inspection import inspect_file
from output_checker.files.inspectors.identifiers import is_bsn, is_iban


def rules(text: str) -> set[str]:
    return {finding.rule for finding in inspect_file("a.txt", text.encode()).findings}


@given(st.integers(0, 99_999_999), st.integers(1, 9))
def test_no_two_service_numbers_differ_in_one_digit(start: int, change: int) -> None:
    digits = f"{start:08d}"
    last = sum(weight * int(digit) for weight, digit in zip(range(9, 1, -1), digits, strict=True)) % 11
    if last == 10 or start == 0:
        return
    number = digits + str(last)
    assert is_bsn(number)
    assert not is_bsn(str((int(number[0]) + change) % 10) + number[1:])


@pytest.mark.parametrize(
    ("account", "valid"),
    [
        ("NL91ABNA0417164300", True),
        ("NL91 ABNA 0417 1643 00", True),
        ("NL91ABNA0417164301", False),
        ("DE89370400440532013000", True),
    ],
)
def test_accounts_are_told_by_their_check_digits(account: str, valid: bool) -> None:
    assert is_iban(account) is valid
    assert ("iban" in rules(account)) is valid


@pytest.mark.parametrize(
    "text",
    [
        "000000000",
        "In 2019 waren het er 872.921 en 12,345,678.",
        "123456789 of 12345678901",
        "peildatum 20190101 en 31122020 en 20200122",
        "0.111222333 en 111222333.5",
        "1234 ab 5, 2019 in 27",
        "x = fit@coef; @property",
        "1612345678",
    ],
)
def test_ordinary_numbers_and_words_raise_no_alarm(text: str) -> None:
    assert rules(text) == set()


@pytest.mark.parametrize(
    "text",
    ["0612345678", "06 12 34 56 78", "070-3533000", "+31612345678", "0031 70 353 30 00", "+31 (0)6 12345678"],
)
def test_phone_numbers_are_found_however_they_are_written(text: str) -> None:
    assert rules(f"bel {text}.") == {"phone"}


@pytest.mark.parametrize(
    "text", ["2511 AB 12", "2511AB 12", "2511 AB, 12", "Dorpsstraat 12a, 2511 AB Den Haag"]
)
def test_a_postcode_with_a_house_number_is_found(text: str) -> None:
    assert rules(text) == {"address"}


def test_a_day_of_long_ago_may_be_a_service_number() -> None:
    days = [f"1745{month:02d}{day:02d}" for month in range(1, 13) for day in range(1, 29)]
    perhaps = next(day for day in days if is_bsn(f"0{day}"))
    assert rules(perhaps) == {"perhaps_bsn"}
