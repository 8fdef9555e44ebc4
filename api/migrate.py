"""Bringing a database to the newest shape, and telling whether it is there.

A new migration: change the models, then ``python -m api.migrate "what changes"``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from api.db import Database
from api.tables import Base

INI = Path(__file__).with_name("alembic.ini")


def _config(connection: Connection) -> Config:
    config = Config(str(INI))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database) -> None:
    """Apply every migration that is missing, in one transaction."""
    with database.engine.execution_options(enclave_write=True).begin() as connection:
        command.upgrade(_config(connection), "head")


def is_current(database: Database) -> bool:
    """Tell whether every known migration was applied."""
    with database.engine.connect() as connection:
        head = ScriptDirectory.from_config(_config(connection)).get_current_head()
        return MigrationContext.configure(connection).get_current_revision() == head


def differences(database: Database) -> list[object]:
    """Return what the models hold and the migrated database does not, or the other way round (empty when equal)."""
    with database.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


def generate(message: str) -> None:
    """Write a migration that takes a database of the newest migration to the models of now."""
    with tempfile.TemporaryDirectory() as directory:
        database = Database(f"sqlite:///{directory}/migrate.sqlite")
        upgrade(database)
        with database.engine.begin() as connection:
            config = _config(connection)
            number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
            command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")


if __name__ == "__main__":
    generate(sys.argv[1])
