"""Taking the chain out of the database, and the heads that are kept on the way."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from api.audit import export
from api.audit.queries import state_of_chain
from api.audit.service import SYSTEM, record
from api.audit.verify import REWRITTEN, verify_chain, verify_export
from api.db import Database
from api.secrets import SecretStore
from api.settings import Settings


def write(database: Database, number: int, word: str = "y") -> None:
    with database.transaction() as session:
        for _ in range(number):
            record(session, SYSTEM, "write", "café:x", word)


def public_key(secrets: SecretStore) -> str:
    return secrets.audit_key().public_key().public_bytes_raw().hex()


def test_an_export_verifies_offline_with_the_published_key(
    database: Database, settings: Settings, secrets: SecretStore, tmp_path: Path
) -> None:
    write(database, 5)
    path = tmp_path / "audit.jsonl"
    with database.reading() as session:
        head = export.export(session, settings, secrets, path)
    assert head is not None
    result = verify_export(path, public_key(secrets), export.kept_heads(settings))
    assert (result.records, result.broken, result.head) == (5, None, head)
    assert export.kept_heads(settings) == [head]
    assert len(path.read_bytes().splitlines()) == 6


def test_an_export_holds_only_what_its_head_covers(
    database: Database,
    settings: Settings,
    secrets: SecretStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(database, 3)
    kept = export.keep_head

    def keep_then_write(*arguments: object) -> object:
        head = kept(*arguments)  # type: ignore[arg-type]
        write(database, 2)
        return head

    monkeypatch.setattr(export, "keep_head", keep_then_write)
    with database.reading() as session:
        export.export(session, settings, secrets, tmp_path / "audit.jsonl")
    result = verify_export(tmp_path / "audit.jsonl", public_key(secrets))
    assert (result.records, result.broken) == (3, None)


def test_an_empty_chain_exports_as_nothing_which_proves_nothing(
    database: Database, settings: Settings, secrets: SecretStore, tmp_path: Path
) -> None:
    path = tmp_path / "audit.jsonl"
    with database.reading() as session:
        assert export.export(session, settings, secrets, path) is None
        assert state_of_chain(session).length == 0
    assert path.read_bytes() == b""
    assert verify_export(path).broken is not None
    assert export.kept_heads(settings) == []


def test_heads_are_kept_when_enough_was_written_since_the_last(
    database: Database, settings: Settings, secrets: SecretStore
) -> None:
    assert export.keep_head_when_due(database, settings, secrets) is None
    write(database, export.EVERY)
    head = export.keep_head_when_due(database, settings, secrets)
    assert head is not None
    assert head.seq == export.EVERY
    write(database, export.EVERY - 1)
    assert export.keep_head_when_due(database, settings, secrets) is None
    write(database, 1)
    assert export.keep_head_when_due(database, settings, secrets) is not None
    assert [one.seq for one in export.kept_heads(settings)] == [export.EVERY, 2 * export.EVERY]


def test_kept_heads_are_files_of_their_own_that_others_cannot_reach(
    database: Database, settings: Settings, secrets: SecretStore
) -> None:
    write(database, 2)
    with database.reading() as session:
        export.keep_head(session, settings, secrets)
        export.keep_head(session, settings, secrets)
    directory = settings.directory("audit")
    assert [path.name for path in directory.iterdir()] == ["head-000000000002.json"]
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    document = json.loads((directory / "head-000000000002.json").read_bytes())
    assert document["seq"] == 2


def test_the_database_administrator_who_rewrites_the_chain_is_caught_by_a_kept_head(
    database: Database, settings: Settings, secrets: SecretStore, tmp_path: Path
) -> None:
    write(database, 4)
    with database.reading() as session:
        export.keep_head(session, settings, secrets)
    with database.transaction() as session:
        session.execute(text("DROP TRIGGER audit_record_no_delete"))
        session.execute(text("DELETE FROM audit_record"))
    write(database, 6, "as if nothing had happened")
    heads = export.kept_heads(settings)
    with database.reading() as session:
        assert state_of_chain(session).broken is None
        state = state_of_chain(session, heads)
        assert state.length == 6
        assert state.broken is not None
        assert (state.broken.seq, state.broken.problem) == (4, REWRITTEN)
        assert verify_chain(list(export.links(session, 2)), []) is None
    with database.transaction() as session:
        session.execute(text("DELETE FROM audit_record WHERE seq > 3"))
        cut = state_of_chain(session, heads).broken
        assert cut is not None
        assert cut.seq == 4


def test_a_spoiled_head_is_not_passed_over(settings: Settings) -> None:
    (settings.directory("audit") / "head-000000000001.json").write_text("{}")
    with pytest.raises(ValueError, match="not a signed head"):
        export.kept_heads(settings)


def test_a_head_is_kept_each_day_in_which_something_was_recorded(
    database: Database, settings: Settings, secrets: SecretStore
) -> None:
    write(database, 1)
    assert export.keep_head_when_due(database, settings, secrets) is not None
    write(database, 1)
    assert export.keep_head_when_due(database, settings, secrets) is None
    (kept,) = settings.directory("audit").glob("head-*.json")
    moment = kept.stat().st_mtime - export.DAY_SECONDS
    os.utime(kept, (moment, moment))
    head = export.keep_head_when_due(database, settings, secrets)
    assert head is not None
    assert head.seq == 2


def test_heads_are_copied_to_where_nobody_replaces_them(
    database: Database, settings: Settings, secrets: SecretStore, tmp_path: Path
) -> None:
    assert export.copy_heads(settings) == 0
    elsewhere = tmp_path / "elsewhere"
    settings = settings.model_copy(update={"audit_copies_dir": elsewhere})
    write(database, 3)
    with database.reading() as session:
        export.keep_head(session, settings, secrets)
    with pytest.raises(FileNotFoundError):
        export.copy_heads(settings)
    elsewhere.mkdir()
    assert export.copy_heads(settings) == 1
    (copy,) = elsewhere.iterdir()
    (kept,) = settings.directory("audit").iterdir()
    assert copy.read_bytes() == kept.read_bytes()
    kept.chmod(0o600)
    kept.write_text("rewritten")
    assert export.copy_heads(settings) == 0
    assert json.loads(copy.read_bytes())["seq"] == 3
