"""Alembic's entry point: runs the migrations on the connection that api.migrate hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from api.db import UtcDateTime
from api.tables import Base


def _render_item(kind: str, item: Any, rendering: AutogenContext) -> str | Literal[False]:
    # A migration tells what the database was; it must not change when the application's types do.
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and item is Base.type_annotation_map[int]:
        rendering.imports.add("\nfrom api.migrations.types import WHOLE\n")
        return "WHOLE"
    return False


def _run() -> None:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=_render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
