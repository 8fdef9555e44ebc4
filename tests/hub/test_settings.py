from pathlib import Path

import pytest

from hub import proxy
from hub.settings import MissingSecretError, Settings


def test_sockets_stay_within_the_length_of_a_socket_path(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 40)
    run = Settings(state_dir=deep).run
    assert len(f"{run}/{'0' * 16}/notebook.sock") < 107


def test_installations_have_their_own_run_directory(tmp_path: Path) -> None:
    assert Settings(state_dir=tmp_path / "a").run != Settings(state_dir=tmp_path / "b").run


def test_a_missing_secret_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MissingSecretError, match="enclave init"):
        Settings(state_dir=tmp_path).secret("watch_token")


def test_the_proxy_listens_on_loopback_and_takes_its_token_by_environment(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "proxy_auth_token").write_text("very secret\n")
    settings = Settings(state_dir=tmp_path, hub_url="http://127.0.0.1:9000")
    command = proxy.command(settings)
    assert command[1:5] == ["--ip", "127.0.0.1", "--port", "9000"]
    assert "very secret" not in " ".join(command)
    assert proxy.environment(settings)["CONFIGPROXY_AUTH_TOKEN"] == "very secret"


@pytest.mark.parametrize(("url", "port"), [("https://hub.example.org", 443), ("http://hub.example.org", 80)])
def test_the_public_port_follows_the_scheme(url: str, port: int) -> None:
    assert Settings(hub_url=url).public_port == port
