"""Words for people, always in Dutch and in English."""

from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True, slots=True)
class Text:
    """One message in Dutch and in English; as JSON ``{"nl": ..., "en": ...}``."""

    nl: str
    en: str

    @classmethod
    def same(cls, words: str) -> "Text":
        """Words that are alike in both languages, such as a name or a number."""
        return cls(nl=words, en=words)

    def in_language(self, language: Language) -> str:
        """The message in one language."""
        return self.nl if language == "nl" else self.en
