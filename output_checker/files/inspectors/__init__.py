"""The inspectors of files: one module each, found by being here. Adding one is adding a module and its test."""

import importlib
import inspect
import pkgutil
from functools import cache

from output_checker.files.inspectors.base import Inspector


@cache
def known_inspectors() -> dict[str, Inspector]:
    """Every inspector in this package by id, in alphabetical order."""
    modules = [
        importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)
    ]
    found = [member for module in modules for _, member in inspect.getmembers(module, inspect.isclass)]
    inspectors = {one.id: one() for one in found if issubclass(one, Inspector) and one is not Inspector}
    return dict(sorted(inspectors.items()))
