"""Documents that people write (queries, metadata, policies): strict, frozen, and refused in words."""

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from output_checker.errors import DocumentError
from output_checker.text import Text

MAX_DOCUMENT_BYTES = 16 * 1024 * 1024


class Part(BaseModel):
    """A piece of a document: unknown fields are refused and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Document(Part):
    """A document of its own, read from JSON or TOML."""

    refusal: ClassVar[type[DocumentError]] = DocumentError

    @classmethod
    def parse(cls, document: object) -> Self:
        """Read a document from plain values.

        Raises:
            DocumentError: the subclass that belongs to the document, naming the first field at fault.
        """
        try:
            return cls.model_validate(document)
        except ValidationError as invalid:
            raise refused(cls.refusal, invalid) from None

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a document from a ``.json`` or ``.toml`` file.

        Raises:
            DocumentError: the subclass that belongs to the document, when the file is absent or malformed.
        """
        return cls.parse(read_plain(path, cls.refusal))


def read_plain(path: Path, refusal: type[DocumentError]) -> Any:
    """The plain values in a JSON or TOML file, told apart by its suffix.

    Raises:
        DocumentError: ``refusal``, when the file is absent, too large or malformed.
    """
    words, kind = _read_words(path, refusal), "TOML" if path.suffix == ".toml" else "JSON"
    try:
        return _plain(words, kind)
    except (ValueError, RecursionError):
        message = Text(nl=f"Dit bestand is geen geldige {kind}.", en=f"This file is not valid {kind}.")
        raise refusal(message, field=path.name) from None


def plain_from(words: str, refusal: type[DocumentError]) -> dict[str, Any]:
    """The named values in JSON (which begins with a brace) or else TOML, such as people paste.

    Raises:
        DocumentError: ``refusal``, when the words are neither.
    """
    kind = "JSON" if words.lstrip().startswith("{") else "TOML"
    try:
        return dict(_plain(words, kind))
    except (ValueError, RecursionError):
        message = Text(nl=f"Dit is geen geldige {kind}.", en=f"This is not valid {kind}.")
        remedy = Text(
            nl="Plak het hele document, zoals `enclave judge` het leest.",
            en="Paste the whole document, as `enclave judge` reads it.",
        )
        raise refusal(message, remedy=remedy) from None


def _plain(words: str, kind: str) -> Any:
    return tomllib.loads(words) if kind == "TOML" else json.loads(words)


def _read_words(path: Path, refusal: type[DocumentError]) -> str:
    try:
        if path.stat().st_size > MAX_DOCUMENT_BYTES:
            message = Text(nl="Dit bestand is te groot.", en="This file is too large.")
            raise refusal(message, field=path.name)
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        message = Text(nl="Dit bestand is niet te lezen.", en="This file cannot be read.")
        remedy = Text(nl="Controleer de naam en het pad.", en="Check its name and path.")
        raise refusal(message, field=path.name, remedy=remedy) from None


def refused(
    refusal: type[DocumentError], invalid: ValidationError, within: tuple[str, ...] = ()
) -> DocumentError:
    """The first fault of a part in words, with its place ``within`` the document."""
    first = invalid.errors(include_url=False, include_input=False)[0]
    return refusal(_in_words(first["type"], first.get("ctx", {})), field=_place((*within, *first["loc"])))


def _place(location: Sequence[int | str]) -> str | None:
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return place.lstrip(".") or None


_WORDS = {
    "missing": Text(nl="Dit veld ontbreekt.", en="This field is missing."),
    "extra_forbidden": Text(nl="Dit veld bestaat niet.", en="There is no such field."),
    "string_type": Text(nl="Hier hoort tekst te staan.", en="This should be text."),
    "tuple_type": Text(nl="Hier hoort een lijst te staan.", en="This should be a list."),
    "dict_type": Text(nl="Hier horen namen met waarden te staan.", en="This should be names with values."),
    "too_long": Text(nl="Deze lijst is te lang.", en="This list is too long."),
    "too_short": Text(nl="Deze lijst is te kort.", en="This list is too short."),
    "string_too_long": Text(nl="Deze tekst is te lang.", en="This text is too long."),
    "string_pattern_mismatch": Text(
        nl="Gebruik een naam van letters, cijfers en liggende streepjes.",
        en="Use a name of letters, digits and underscores.",
    ),
}


def _in_words(kind: str, context: dict[str, Any]) -> Text:
    if kind == "literal_error":
        return Text(
            nl=f"Kies uit: {str(context['expected']).replace(' or ', ' of ')}.",
            en=f"Choose from: {context['expected']}.",
        )
    form = Text(nl="Deze waarde heeft niet de juiste vorm.", en="This value has not the right form.")
    return _WORDS.get(kind, form)
