"""No page may fall back to English for a Dutch reader: every message is there, whole, and keeps its placeholders."""

from __future__ import annotations

import re

from babel.messages.extract import extract_from_dir

from api.web.rendering import TEMPLATES
from api.web.translations import dutch, translations

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def in_templates() -> set[str | tuple[str, ...]]:
    options = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
    found = extract_from_dir(TEMPLATES, method_map=[("**.html", "jinja2")], options_map=options)
    return {message for _file, _line, message, _comments, _context in found}


def test_every_message_is_in_dutch_and_no_other() -> None:
    written = {message.id for message in dutch() if message.id}
    assert written == in_templates()


def test_no_dutch_message_is_empty_or_fuzzy() -> None:
    for message in dutch():
        assert not message.fuzzy, message.id
        words = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(words), message.id


def test_placeholders_survive_translation() -> None:
    for message in dutch():
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        words = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = {name for text in ids for name in PLACEHOLDER.findall(text)}
        assert all(set(PLACEHOLDER.findall(text)) == wanted for text in words), message.id


def test_dutch_and_english_have_their_own_words() -> None:
    assert translations("nl").gettext("Requests") == "Aanvragen"
    assert translations("en").gettext("Requests") == "Requests"
    assert translations("nl").ngettext("%(num)s cell", "%(num)s cells", 2) == "%(num)s cellen"
