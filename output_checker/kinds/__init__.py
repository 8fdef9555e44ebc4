"""The kinds of statistic that can be asked: one package each, found by being here."""

import importlib
import inspect
import pkgutil
from functools import cache

from output_checker.errors import QueryError
from output_checker.kinds.base import Kind
from output_checker.query import Query
from output_checker.text import Text

DEFAULT = "table"


@cache
def known_kinds() -> dict[str, Kind]:
    """Every kind in this package by the name that queries call it, in alphabetical order."""
    modules = [
        importlib.import_module(f"{__name__}.{module.name}.kind")
        for module in pkgutil.iter_modules(__path__)
        if module.ispkg
    ]
    found = [member for module in modules for _, member in inspect.getmembers(module, inspect.isclass)]
    kinds = {name_of(kind.query): kind() for kind in found if issubclass(kind, Kind) and kind is not Kind}
    return dict(sorted(kinds.items()))


def name_of(query: type[Query]) -> str:
    """What queries of this class call their kind."""
    return str(query.model_fields["kind"].default)


def kind_of(query: Query) -> Kind:
    """The kind that a query belongs to."""
    return known_kinds()[query.kind]


def query_class(document: object) -> type[Query]:
    """The class of query that a document asks for; a table when it names no kind.

    Raises:
        QueryError: there is no such kind.
    """
    wanted = document.get("kind", DEFAULT) if isinstance(document, dict) else DEFAULT
    kinds = known_kinds()
    if not isinstance(wanted, str) or wanted not in kinds:
        remedy = Text(nl=f"Kies uit: {', '.join(kinds)}.", en=f"Choose from: {', '.join(kinds)}.")
        message = Text(nl="Deze soort vraag bestaat niet.", en="There is no such kind of query.")
        raise QueryError(message, field="kind", remedy=remedy)
    return kinds[wanted].query
