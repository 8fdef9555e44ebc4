import os
from pathlib import Path

import pytest

from hub import proxy
from hub.settings import ForeignDirectoryError, MissingSecretError, Settings


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


def test_the_run_directory_is_ours_alone(tmp_path: Path) -> None:
    settings = Settings(run_dir=tmp_path / "run")
    assert settings.own_run().is_dir()
    (tmp_path / "run").chmod(0o777)
    with pytest.raises(ForeignDirectoryError, match="ENCLAVE_RUN_DIR"):
        settings.own_run()


def test_the_run_directory_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    os.chown(tmp_path / "run", 54321, 54321)
    with pytest.raises(ForeignDirectoryError):
        Settings(run_dir=tmp_path / "run").own_run()
