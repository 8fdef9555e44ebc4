"""Policies: which rules apply, how strictly, and how many people must agree. Data, never code."""

import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import (
    BeforeValidator,
    Field,
    SerializeAsAny,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from output_checker.documents import Document, refused
from output_checker.errors import DocumentError, PolicyError
from output_checker.evidence import Evidence
from output_checker.rules import known_rules
from output_checker.rules.base import Rule
from output_checker.text import Text


def _rules(given: Any) -> Any:
    """Rules by id from their parameters; one that is not mentioned applies with its defaults: closed on doubt."""
    if not isinstance(given, dict):
        return given
    for name in given:
        if name not in known_rules():
            message = Text(nl="Deze regel bestaat niet.", en="There is no such rule.")
            remedy = Text(
                nl=f"Kies uit {', '.join(known_rules())}.", en=f"Choose from {', '.join(known_rules())}."
            )
            raise PolicyError(message, field=f"rules.{name}", remedy=remedy)
    return {name: _rule(name, given.get(name, {})) for name in known_rules()}


def _rule(name: str, parameters: Any) -> Rule:
    try:
        return known_rules()[name].model_validate(parameters)
    except ValidationError as invalid:
        raise refused(PolicyError, invalid, ("rules", name)) from None


Rules = Annotated[
    dict[str, SerializeAsAny[Rule]],
    BeforeValidator(_rules),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: rule.model_json_schema() for name, rule in known_rules().items()},
        }
    ),
]


class Policy(Document):
    """One policy. ``reviewers`` is the number of output checkers who must agree, ``largest_table`` counts cells."""

    refusal: ClassVar[type[DocumentError]] = PolicyError

    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    version: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    title: Text
    reviewers: Annotated[int, Field(ge=1, le=5)] = 2
    largest_table: Annotated[int, Field(ge=1, le=1_000_000)] = 100_000
    rules: Annotated[Rules, Field(default_factory=dict, validate_default=True)]

    @property
    def digest(self) -> str:
        """SHA-256 of the whole resolved policy, in hexadecimal."""
        plain = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(plain.encode()).hexdigest()

    def rules_for(self, evidence: Evidence) -> list[Rule]:
        """The rules that concern this evidence."""
        return [rule for rule in self.rules.values() if rule.concerns(evidence)]


def preset_names() -> list[str]:
    """The policies that come with this library."""
    return sorted(Path(entry.name).stem for entry in _presets().iterdir() if entry.name.endswith(".toml"))


def load_policy(name_or_path: str | Path) -> Policy:
    """A preset by name, or a policy from a TOML or JSON file.

    Raises:
        PolicyError: there is no such policy, or it is malformed.
    """
    if str(name_or_path) in preset_names():
        with resources.as_file(_presets() / f"{name_or_path}.toml") as path:
            return Policy.load(path)
    path = Path(name_or_path)
    if path.suffix in (".toml", ".json"):
        return Policy.load(path)
    message = Text(nl="Dit beleid bestaat niet.", en="There is no such policy.")
    presets = ", ".join(preset_names())
    remedy = Text(
        nl=f"Kies uit {presets}, of noem een bestand.", en=f"Choose from {presets}, or name a file."
    )
    raise PolicyError(message, field=str(name_or_path), remedy=remedy)


def _presets() -> Any:
    return resources.files("output_checker") / "policies"
