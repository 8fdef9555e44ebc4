"""Alembic's entry point: runs the migrations on the connection that api.migrate hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from api.db import UtcDateTime
from api.tables import Base


def _render_item(kind: str, item: Any, _context: object) -> str | Literal[False]:
    # A migration tells what the database was; it must not change when the application's types do.
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def _run() -> None:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=False,
        render_item=_render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
