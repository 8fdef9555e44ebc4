"""In which language a terminal is spoken to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from output_checker.text import Language, Text


def terminal_language() -> Language:
    """Return Dutch when the locale of this terminal is Dutch, else English."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "nl" if locale.startswith("nl") else "en"


def in_terminal_language(text: Text) -> str:
    """Return the words that this terminal understands."""
    return text.in_language(terminal_language())
