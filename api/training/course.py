"""The course as it stands in its files: lessons in both languages, and the bank of questions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from api.web.prose import Block, blocks_of
from output_checker.text import LANGUAGES, Language, Text

COURSE: Final = Path(__file__).with_name("course")
_LESSON: Final = re.compile(r"(\d+)-([a-z-]+)\.nl\.txt")


@dataclass(frozen=True)
class Lesson:
    """One lesson: its name in addresses, and its words (first a title) in each language."""

    slug: str
    blocks: Mapping[Language, tuple[Block, ...]]

    @property
    def title(self) -> Text:
        """What the lesson is called."""
        return Text(**{language: blocks[0].lines[0] for language, blocks in self.blocks.items()})


@dataclass(frozen=True)
class Question:
    """One question with its answers, of which the first is right, and the lesson that tells why."""

    id: str
    lesson: str
    words: Text
    answers: tuple[Text, ...]


@cache
def lessons() -> Mapping[str, Lesson]:
    """Return the lessons by name, in the order in which they are read."""
    found = sorted(
        (int(match[1]), match[2]) for file in COURSE.iterdir() if (match := _LESSON.fullmatch(file.name))
    )
    return {slug: _lesson(number, slug) for number, slug in found}


def _lesson(number: int, slug: str) -> Lesson:
    files = {language: COURSE / f"{number}-{slug}.{language}.txt" for language in LANGUAGES}
    return Lesson(slug, {name: blocks_of(file.read_text(encoding="utf-8")) for name, file in files.items()})


@cache
def questions() -> Mapping[str, Question]:
    """Return the bank of questions by id."""
    bank = tomllib.loads((COURSE / "questions.toml").read_text(encoding="utf-8"))
    return {name: _question(name, told) for name, told in bank.items()}


def _question(name: str, told: Mapping[str, list[str] | str]) -> Question:
    # Strict: an answer that lacks a language would move all that follow it.
    both = [Text(nl=nl, en=en) for nl, en in zip(told["nl"], told["en"], strict=True)]
    return Question(name, str(told["lesson"]), both[0], tuple(both[1:]))
