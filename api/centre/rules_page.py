"""The reference of the disclosure rules: what each asks, where it comes from, and its limits in each preset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.identity.dependencies import LoginDep
from api.web.rendering import page
from api.web.viewer import RememberViewer
from output_checker.policy import Policy, load_policy, preset_names
from output_checker.rules import known_rules
from output_checker.rules.base import Rule
from output_checker.text import Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)


@dataclass(frozen=True)
class Limit:
    """A parameter of a rule: its meaning, and its value in each preset in order."""

    meaning: Text
    values: list[bool | float | None]


@dataclass(frozen=True)
class ShownRule:
    """A rule with its limits."""

    id: str
    title: Text
    source: str
    limits: list[Limit]


@router.get("/rules")
def rules_page(request: Request, _: LoginDep) -> HTMLResponse:
    """Show the rules."""
    presets = [load_policy(name) for name in preset_names()]
    rules = [_shown(rule, presets) for rule in known_rules().values()]
    return page(request, "rules.html", rules=rules, presets=presets)


def _shown(rule: type[Rule], presets: list[Policy]) -> ShownRule:
    limits = [
        Limit(_meaning(field.json_schema_extra), [getattr(policy.rules[rule.id], name) for policy in presets])
        for name, field in rule.model_fields.items()
    ]
    return ShownRule(rule.id, rule.title, rule.source, limits)


def _meaning(declared: Any) -> Text:
    return Text(**declared["meaning"])
