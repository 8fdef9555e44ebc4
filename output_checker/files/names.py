"""The name of a file: shown to people, written to disks, opened by a click; so it has to be what it seems to be."""

import re
import unicodedata

from output_checker.files.findings import FileRule
from output_checker.files.kinds import KINDS, REFUSED
from output_checker.text import Text
from output_checker.verdict import Outcome

LONGEST_NAME = 100
_PLAIN = re.compile(r"[^\W_](?:[\w .()+,-]*[\w)])?", re.UNICODE)
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
)
_EXTENSIONS = frozenset(
    {
        *(extension for kind in KINDS for extension in kind.extensions),
        *(extension for _, extensions, _ in REFUSED.values() for extension in extensions),
    }
)
_RENAME = Text(
    f"Gebruik een naam van hoogstens {LONGEST_NAME} letters, cijfers, spaties, punten en streepjes, met één extensie.",
    f"Use a name of at most {LONGEST_NAME} letters, digits, spaces, full stops and hyphens, with one extension.",
)


def _rule(name: str, title: Text, reason: Text) -> FileRule:
    return FileRule(name, title, Outcome.FAIL, reason, _RENAME)


NAME_PATH = _rule(
    "name_path",
    Text("Pad in de naam", "Path in the name"),
    Text("De naam bevat een pad.", "The name holds a path."),
)
NAME_DECEIVING = _rule(
    "name_deceiving",
    Text("Bedrieglijke naam", "Deceiving name"),
    Text(
        "De naam bevat onzichtbare tekens, tekens die de leesrichting omkeren, of andere vreemde tekens.",
        "The name holds invisible characters, ones that turn the reading direction around, or other odd ones.",
    ),
)
NAME_DOUBLE_EXTENSION = _rule(
    "name_double_extension",
    Text("Dubbele extensie", "Double extension"),
    Text("De naam heeft twee extensies.", "The name has two extensions."),
)
NAME_UNUSABLE = _rule(
    "name_unusable",
    Text("Onbruikbare naam", "Unusable name"),
    Text(
        "De naam is leeg, te lang, of op sommige computers een apparaat.",
        "The name is empty, too long, or a device on some computers.",
    ),
)


def name_problem(name: str) -> FileRule | None:
    """What is wrong with a name; None when it can be used everywhere as it is."""
    if "/" in name or "\\" in name or ":" in name or name.startswith("."):
        return NAME_PATH
    if not name or len(name) > LONGEST_NAME or name.partition(".")[0].strip().lower() in _DEVICES:
        return NAME_UNUSABLE
    if not _PLAIN.fullmatch(name) or unicodedata.normalize("NFKC", name) != name or _mixes_scripts(name):
        return NAME_DECEIVING
    inner = name.lower().split(".")[1:-1]
    return NAME_DOUBLE_EXTENSION if any(extension.strip() in _EXTENSIONS for extension in inner) else None


def _mixes_scripts(name: str) -> bool:
    """Whether letters of other scripts stand in for ours, such as a Cyrillic a."""
    letters = [unicodedata.name(letter, "") for letter in name if letter.isalpha()]
    return any(not words.startswith("LATIN") for words in letters)
