"""The keys that sign, and how they change."""

from __future__ import annotations

from pathlib import Path

from joserfc import jwt

from api.identity.keys import rotate, signing_keys
from api.secrets import SecretStore


def test_a_retired_key_is_published_and_verifies_but_does_not_sign(
    tmp_path: Path, secrets: SecretStore
) -> None:
    rotated = SecretStore(tmp_path / "rotated")
    rotated.directory.mkdir()
    (rotated.directory / "oidc_signing_key.pem").write_text(secrets.read("oidc_signing_key.pem"))
    old = signing_keys(rotated)
    token = jwt.encode(old.header, {"sub": "anna"}, old.current)
    rotate(rotated)
    new = signing_keys(rotated)
    assert new.current.kid != old.current.kid
    assert [key["kid"] for key in new.published()["keys"]] == [new.current.kid, old.current.kid]
    assert jwt.decode(token, new.key_set(), algorithms=["RS256"]).claims == {"sub": "anna"}
    assert new.header["kid"] == new.current.thumbprint()
    assert {path.stat().st_mode & 0o077 for path in rotated.directory.glob("oidc_signing_key.pem")} == {0}
    assert len(list(rotated.directory.iterdir())) == 2


def test_nothing_private_is_published(secrets: SecretStore) -> None:
    (key,) = signing_keys(secrets).published()["keys"]
    assert not {"d", "p", "q", "dp", "dq", "qi"} & key.keys()
