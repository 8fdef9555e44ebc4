"""The keys that sign, and how they change."""

from __future__ import annotations

from pathlib import Path

from joserfc import jwt

from api.identity.keys import signing_keys
from api.secrets import MAKERS, SecretStore


def test_a_retired_key_is_published_and_verifies_but_does_not_sign(
    tmp_path: Path, secrets: SecretStore
) -> None:
    old = signing_keys(secrets)
    token = jwt.encode(old.header, {"sub": "anna"}, old.current)
    rotated = SecretStore(tmp_path / "rotated")
    rotated.directory.mkdir()
    (rotated.directory / "oidc_retired_key_2026.pem").write_text(secrets.read("oidc_signing_key.pem"))
    (rotated.directory / "oidc_signing_key.pem").write_bytes(MAKERS["oidc_signing_key.pem"]())
    new = signing_keys(rotated)
    assert new.current.kid != old.current.kid
    assert [key["kid"] for key in new.published()["keys"]] == [new.current.kid, old.current.kid]
    assert jwt.decode(token, new.key_set(), algorithms=["RS256"]).claims == {"sub": "anna"}
    assert new.header["kid"] == new.current.thumbprint()


def test_nothing_private_is_published(secrets: SecretStore) -> None:
    (key,) = signing_keys(secrets).published()["keys"]
    assert not {"d", "p", "q", "dp", "dq", "qi"} & key.keys()
