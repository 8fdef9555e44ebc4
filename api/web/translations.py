"""The words of the pages: English in the templates, Dutch in ``locale/nl``.

They are compiled in memory when first used, so that no compiled file can lag behind its source.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from output_checker.text import Language

LOCALE = Path(__file__).parent / "locale"


def dutch() -> Catalog:
    """Return the Dutch messages as they stand in their file."""
    with (LOCALE / "nl" / "LC_MESSAGES" / "pages.po").open("rb") as file:
        return read_po(file, locale="nl")


@cache
def translations(language: Language) -> NullTranslations:
    """Return the messages of a language, ready for gettext; English is what the templates say."""
    if language == "en":
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, dutch())
    compiled.seek(0)
    return Translations(compiled)
