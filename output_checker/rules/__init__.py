"""The rules: one file each, found by being here. Adding a rule is adding a file and its test."""

import importlib
import inspect
import pkgutil
from functools import cache

from output_checker.rules.base import Rule


@cache
def known_rules() -> dict[str, type[Rule]]:
    """Every rule in this package by id, in alphabetical order."""
    modules = [
        importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)
    ]
    found = [member for module in modules for _, member in inspect.getmembers(module, inspect.isclass)]
    rules = {rule.id: rule for rule in found if issubclass(rule, Rule) and rule is not Rule}
    return dict(sorted(rules.items()))
