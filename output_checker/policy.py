"""Policies: which rules apply, how strictly, and how many people must agree. Data, never code.

A policy may build on another (``extends = "essnet"``); then it says only what differs, and may only be stricter.
"""

import hashlib
import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    SerializeAsAny,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from output_checker.documents import Document, Part, read_plain, refused
from output_checker.errors import DocumentError, PolicyError
from output_checker.evidence import Evidence
from output_checker.rules import known_rules
from output_checker.rules.base import Rule, parameter
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


def _may_extend(schema: dict[str, Any]) -> None:
    """A document may also name what it builds on; a policy that was read holds all of that itself."""
    schema["properties"]["extends"] = {"type": "string"}


class Policy(Document):
    """One policy, complete. ``based_on`` names the policies that it builds on, the nearest first.

    A document may name in ``extends`` a preset, or a file beside it, and leave out what it takes from there.
    """

    model_config = ConfigDict(json_schema_extra=_may_extend)
    refusal: ClassVar[type[DocumentError]] = PolicyError

    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    version: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    title: Text
    based_on: tuple[str, ...] = ()
    reviewers: Annotated[
        int,
        parameter(
            "higher",
            Text(nl="outputcontroleurs die het eens moeten zijn", en="output checkers who must agree"),
            ge=1,
            le=5,
        ),
    ] = 2
    largest_table: Annotated[
        int,
        parameter(
            "lower", Text(nl="meeste cellen van een tabel", en="most cells of a table"), ge=1, le=1_000_000
        ),
    ] = 100_000
    rules: Annotated[Rules, Field(default_factory=dict, validate_default=True)]

    @classmethod
    def parse(cls, document: object) -> Self:
        """Read a policy, and what it builds on.

        Raises:
            PolicyError: a field is at fault, or is looser than in the policy that this one builds on.
        """
        return cls._parsed(document, None, ())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a policy from a file, and what it builds on.

        Raises:
            PolicyError: the file is absent or malformed, or looser than the policy that it builds on.
        """
        return cls._parsed(read_plain(path, PolicyError), path.parent, (str(path.resolve()),))

    @classmethod
    def _parsed(cls, document: object, directory: Path | None, read: tuple[str, ...]) -> Self:
        if not isinstance(document, dict) or "extends" not in document:
            return super().parse(document)
        own = {name: value for name, value in document.items() if name != "extends"}
        base = cls._base(document["extends"], directory, read)
        policy = super().parse(_merged(base, own))
        check_tightens(base, policy)
        return policy

    @classmethod
    def _base(cls, name: object, directory: Path | None, read: tuple[str, ...]) -> Self:
        """The policy that another builds on: a preset, or a file in the same directory."""
        if str(name) in preset_names():
            with resources.as_file(_presets() / f"{name}.toml") as preset:
                return cls.load(preset)
        path = directory / Path(str(name)).name if directory else None
        if path is None or path.suffix not in (".toml", ".json") or str(path.resolve()) in read:
            raise _unknown("extends")
        return cls._parsed(read_plain(path, PolicyError), directory, (*read, str(path.resolve())))

    @property
    def digest(self) -> str:
        """SHA-256 of the whole resolved policy, in hexadecimal."""
        plain = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(plain.encode()).hexdigest()

    def rules_for(self, evidence: Evidence) -> list[Rule]:
        """The rules that concern this evidence."""
        return [rule for rule in self.rules.values() if rule.concerns(evidence)]


@cache
def _known_presets() -> tuple[str, ...]:
    return tuple(
        sorted(Path(entry.name).stem for entry in _presets().iterdir() if entry.name.endswith(".toml"))
    )


def preset_names() -> list[str]:
    """The policies that come with this library."""
    return list(_known_presets())


@cache
def _preset(name: str) -> Policy:
    """A preset, read once: it comes with the program, and no more than the program changes while it runs."""
    with resources.as_file(_presets() / f"{name}.toml") as path:
        return Policy.load(path)


def load_policy(name_or_path: str | Path) -> Policy:
    """A preset by name, or a policy from a TOML or JSON file.

    Raises:
        PolicyError: there is no such policy, it is malformed, or looser than the one that it builds on.
    """
    if str(name_or_path) in _known_presets():
        return _preset(str(name_or_path))
    path = Path(name_or_path)
    if path.suffix in (".toml", ".json"):
        return Policy.load(path)
    raise _unknown(str(name_or_path))


def check_tightens(base: Policy, policy: Policy) -> None:
    """Compare two policies parameter by parameter, in the direction that each declares.

    Raises:
        PolicyError: one is looser, with its name.
    """
    _check_part(base, policy, "")
    for name, rule in base.rules.items():
        if rule.enabled:
            _check_part(rule, policy.rules[name], f"rules.{name}.")


def _check_part(base: Part, policy: Part, place: str) -> None:
    for name, field in type(base).model_fields.items():
        declared = field.json_schema_extra
        if not isinstance(declared, dict) or "stricter" not in declared:
            continue
        before, after = getattr(base, name), getattr(policy, name)
        if not _at_least_as_strict(str(declared["stricter"]), before, after):
            message = Text(
                nl=f"Dit is ruimer dan het beleid waarop dit voortbouwt: {after} in plaats van {before}.",
                en=f"This is looser than the policy that it builds on: {after} instead of {before}.",
            )
            raise PolicyError(message, field=f"{place}{name}", remedy=_ONLY_TIGHTER)


def _at_least_as_strict(stricter: str, before: Any, after: Any) -> bool:
    """Whether a parameter did not get looser; what was not set at all can only get stricter."""
    if before == after or before is None:
        return True
    if stricter == "fixed" or after is None:
        return False
    return bool(after > before) if stricter == "higher" else bool(after < before)


def _merged(base: Policy, own: dict[str, Any]) -> dict[str, Any]:
    """The base with what a policy says itself laid over it, rules parameter by parameter."""
    below = base.model_dump(mode="json")
    rules = own.get("rules", {})
    if isinstance(rules, dict):
        above = {name: _laid(below["rules"].get(name), given) for name, given in rules.items()}
        rules = below["rules"] | above
    return below | own | {"rules": rules, "based_on": [base.name, *base.based_on]}


def _laid(below: Any, above: Any) -> Any:
    return below | above if isinstance(below, dict) and isinstance(above, dict) else above


def _unknown(field: str) -> PolicyError:
    presets = ", ".join(preset_names())
    return PolicyError(
        Text(nl="Dit beleid bestaat niet.", en="There is no such policy."),
        field=field,
        remedy=Text(
            nl=f"Kies uit {presets}, of noem een bestand.", en=f"Choose from {presets}, or name a file."
        ),
    )


_ONLY_TIGHTER = Text(
    nl="Een centrum of project mag een beleid alleen aanscherpen.",
    en="A centre or a project may only tighten a policy.",
)


def _presets() -> Any:
    return resources.files("output_checker") / "policies"
