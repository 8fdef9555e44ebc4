"""An installation tells its processes where they are, and notices when somebody else has its ports."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.installation import Installation, PortTakenError


def test_free_ports_are_all_different_and_pages_and_notebooks_have_different_host_names(
    tmp_path: Path,
) -> None:
    made = Installation.on_free_ports(tmp_path)
    assert len(set(made.ports.values())) == 4
    assert urlsplit(made.api_url).hostname != urlsplit(made.hub_url).hostname
    made.check_ports()


def test_a_taken_port_is_told_with_the_setting_that_changes_it(tmp_path: Path) -> None:
    made = Installation.on_free_ports(tmp_path)
    told = pytest.raises(PortTakenError, match=f"port {made.hub_port} .* ENCLAVE_HUB_PORT")
    with socket.create_server(("127.0.0.1", made.hub_port)), told:
        made.check_ports()


def test_processes_inherit_the_same_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Installation.on_free_ports(tmp_path)
    for name, value in made.variables.items():
        monkeypatch.setenv(name, value)
    assert Installation.from_environment() == made


def test_no_secret_stands_on_a_command_line(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "proxy_auth_token").write_text("do-not-tell")
    for service in Installation.on_free_ports(tmp_path).services():
        assert not any("do-not-tell" in word for word in service.command), service.name


def test_every_process_listens_on_loopback_only(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "proxy_auth_token").write_text("token")
    services = {
        service.name: list(service.command) for service in Installation.on_free_ports(tmp_path).services()
    }
    assert list(services) == ["api", "worker", "proxy", "hub", "watch"]
    api, proxy = services["api"], services["proxy"]
    assert api[api.index("--host") + 1] == "127.0.0.1"
    assert proxy[proxy.index("--ip") + 1] == proxy[proxy.index("--api-ip") + 1] == "127.0.0.1"
