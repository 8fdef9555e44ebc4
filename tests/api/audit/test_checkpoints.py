"""The auditor's page verifies what was added since the newest signed head; whatever looks odd, or a button, the whole."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.audit.chain import CHANGED
from api.audit.export import keep_head, kept_heads
from api.audit.heads import sign_head
from api.audit.queries import ChainState, newest_state_of_chain
from api.audit.service import SYSTEM, record
from api.db import Database, now
from api.people.models import Role
from api.secrets import MAKERS, SecretStore
from api.settings import Settings
from tests.api.factories import make_official
from tests.api.identity.browser import log_in

HEAD, LAST = 10, 15


@pytest.fixture
def state(database: Database, settings: Settings, secrets: SecretStore) -> None:
    """Fifteen records, a head of the tenth."""
    for number in range(1, LAST + 1):
        with database.transaction() as session:
            record(session, SYSTEM, "test", f"thing:{number}", "why")
        if number == HEAD:
            with database.reading() as session:
                keep_head(session, settings, secrets)


def look(database: Database, settings: Settings, secrets: SecretStore) -> ChainState:
    key = secrets.audit_key().public_key().public_bytes_raw().hex()
    with database.reading() as session:
        return newest_state_of_chain(session, kept_heads(settings), key)


def tamper(database: Database, statement: str, **numbers: int) -> None:
    with database.engine.begin() as connection:
        for verb in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER audit_record_no_{verb}"))
        connection.execute(text(statement), numbers)


def test_what_was_added_since_the_head_is_verified(
    database: Database, settings: Settings, secrets: SecretStore, state: None
) -> None:
    found = look(database, settings, secrets)
    assert (found.length, found.broken, found.since) == (LAST, None, HEAD)


@pytest.mark.parametrize("seq", [HEAD, HEAD + 1, LAST])
def test_a_change_from_the_head_on_is_named(
    database: Database, settings: Settings, secrets: SecretStore, state: None, seq: int
) -> None:
    tamper(database, "UPDATE audit_record SET document = document || ' ' WHERE seq = :seq", seq=seq)
    found = look(database, settings, secrets)
    assert found.broken is not None
    assert (found.broken.seq, found.broken.problem, found.since) == (seq, CHANGED, HEAD)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_record WHERE seq = 4",
        "DELETE FROM audit_record WHERE seq >= 10",
        "DELETE FROM audit_record WHERE seq = 12",
        "UPDATE audit_record SET hash = 'x' WHERE seq = 10",
    ],
)
def test_what_looks_odd_is_verified_from_the_first_record(
    database: Database, settings: Settings, secrets: SecretStore, state: None, statement: str
) -> None:
    tamper(database, statement)
    found = look(database, settings, secrets)
    assert (found.since, found.broken is not None) == (1, True)


def test_a_head_of_another_key_or_a_forged_one_is_no_checkpoint(
    database: Database, settings: Settings, secrets: SecretStore, state: None, tmp_path: object
) -> None:
    (path,) = settings.directory("audit").glob("head-*.json")
    path.unlink()
    assert look(database, settings, secrets).since == 1
    with database.reading() as session:
        head = keep_head(session, settings, secrets)
    assert head is not None
    assert look(database, settings, secrets).since == LAST
    key = secrets.audit_key().public_key().public_bytes_raw().hex()
    others = SecretStore(settings.directory("others"))
    (others.directory / "audit_signing_key.pem").write_bytes(MAKERS["audit_signing_key.pem"]())
    foreign = sign_head(others.audit_key(), head.seq, head.hash, now())
    forged = sign_head(secrets.audit_key(), head.seq, head.hash, now())
    with database.reading() as session:
        assert newest_state_of_chain(session, [foreign], key).since == 1
        object.__setattr__(forged, "seq", head.seq - 1)
        assert newest_state_of_chain(session, [forged], key).since == 1


def test_the_button_verifies_the_whole_chain(
    client: TestClient, database: Database, settings: Settings, secrets: SecretStore, state: None
) -> None:
    with database.transaction() as session:
        auditor = make_official(session, role=Role.AUDITOR)
    log_in(client, database, settings, auditor)
    tamper(database, "UPDATE audit_record SET document = document || ' ' WHERE seq = 3")
    asked = {"headers": {"Accept": "text/html"}, "params": {"lang": "en"}}
    page = client.get("/audit", **asked).text  # type: ignore[arg-type]
    assert "The chain is whole" in page
    assert "the newest signed head" in page
    assert 'name="whole"' in page
    asked["params"]["whole"] = "true"
    page = client.get("/audit", **asked).text  # type: ignore[arg-type]
    assert "Record 3 does not hold" in page
    assert 'name="whole"' not in page
