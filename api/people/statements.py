"""The confidentiality statement: each version is a pair of files (Dutch, English) that never changes once signed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from output_checker.text import LANGUAGES, Language, Text

DIRECTORY: Final = Path(__file__).with_name("statements")
_FILE: Final = re.compile(r"(\d+)\.(nl|en)\.txt")


@dataclass(frozen=True)
class Statement:
    """One version of the statement, in the words of each language."""

    version: int
    text: Text

    def sha256(self, language: Language) -> str:
        """Return the SHA-256 (hex) of the words in one language, as they stand in their file (UTF-8)."""
        return hashlib.sha256(self.text.in_language(language).encode()).hexdigest()


@cache
def statements() -> dict[int, Statement]:
    """Return all versions by number, from the first; both languages of each must be there."""
    found = {int(match[1]) for file in DIRECTORY.iterdir() if (match := _FILE.fullmatch(file.name))}
    return {version: Statement(version, _text(version)) for version in sorted(found)}


def present_statement() -> Statement:
    """Return the version that people sign now: a signature under an older one no longer counts."""
    return statements()[max(statements())]


def _text(version: int) -> Text:
    words = {
        language: (DIRECTORY / f"{version}.{language}.txt").read_text(encoding="utf-8")
        for language in LANGUAGES
    }
    return Text(**words)
