"""The bootstrap skips what is current, makes again what is not, and says what a person has to do."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import bootstrap, system_packages
from deploy.bootstrap import BootstrapError, Step
from deploy.system_packages import SystemPackage, SystemPackageError

REQUIREMENT_FILES = sorted(bootstrap.REQUIREMENTS.glob("*.txt"))


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Step, list[str], Path]:
    monkeypatch.setattr(bootstrap, "BUILD", tmp_path)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "log")
    source = tmp_path / "source"
    source.write_text("one")
    made: list[str] = []

    def make() -> None:
        made.append(source.read_text())
        (tmp_path / "product").touch()

    return Step("a thing", [source], tmp_path / "product", make), made, source


def test_a_step_runs_once_while_nothing_changes(step: tuple[Step, list[str], Path]) -> None:
    one, made, _ = step
    bootstrap.perform(one)
    bootstrap.perform(one)
    assert made == ["one"]


def test_a_step_runs_again_when_its_inputs_change_or_its_product_is_gone(
    step: tuple[Step, list[str], Path],
) -> None:
    one, made, source = step
    bootstrap.perform(one)
    source.write_text("two")
    bootstrap.perform(one)
    one.product.unlink()
    bootstrap.perform(one)
    assert made == ["one", "two", "two"]


def test_a_step_that_failed_halfway_is_not_taken_for_done(step: tuple[Step, list[str], Path]) -> None:
    one, made, source = step

    def fail() -> None:
        one.product.touch()
        raise BootstrapError("no space left")

    with pytest.raises(BootstrapError):
        bootstrap.perform(Step(one.name, [source], one.product, fail))
    bootstrap.perform(one)
    assert made == ["one"]


def test_a_failing_command_shows_its_last_words(step: tuple[Step, list[str], Path]) -> None:
    with pytest.raises(BootstrapError, match="disk is full"):
        bootstrap.command([sys.executable, "-c", "raise SystemExit('disk is full')"])


def test_the_settings_of_pip_reach_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    assert bootstrap._uv_environment()["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"


def test_what_uv_was_told_itself_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://other.example/simple")
    assert "UV_DEFAULT_INDEX" not in bootstrap._uv_environment()


@pytest.mark.parametrize("path", REQUIREMENT_FILES, ids=lambda path: path.name)
def test_requirements_are_hashed_and_name_no_address(path: Path) -> None:
    text = path.read_text()
    assert "--hash=sha256:" in text
    assert not re.search(r"--(extra-)?index-url|--find-links|https?://", text)
    for requirement in re.split(r"\n(?=[a-z0-9])", text):
        if "==" in requirement:
            assert "--hash=sha256:" in requirement, requirement


def test_services_and_tests_agree_on_versions() -> None:
    def versions(name: str) -> dict[str, str]:
        text = (bootstrap.REQUIREMENTS / name).read_text()
        return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))

    service, test, sandbox = versions("service.txt"), versions("test.txt"), versions("sandbox.txt")
    assert service.items() <= test.items()
    assert all(service[name] == sandbox[name] for name in service.keys() & sandbox.keys())


def test_a_sandbox_holds_nothing_of_the_services() -> None:
    text = (bootstrap.REQUIREMENTS / "sandbox.txt").read_text()
    for package in ("fastapi", "uvicorn", "authlib", "pytest"):
        assert not re.search(rf"^{package}==", text, re.MULTILINE), package


def test_an_interpreter_in_a_closed_directory_is_not_for_sandboxes(tmp_path: Path) -> None:
    python = tmp_path / "home" / "python3"
    python.parent.mkdir(mode=0o700)
    python.touch(mode=0o755)
    assert not bootstrap.world_readable(python)
    assert bootstrap.world_readable(Path("/bin/sh"))


def test_without_ensurepip_the_package_that_brings_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(bootstrap, "_can", lambda _python, module: module != "ensurepip" or bool(installed))
    monkeypatch.setattr(
        system_packages, "install", lambda packages, _log: installed.extend(p.name for p in packages)
    )
    assert bootstrap._pip_maker() == bootstrap.interpreter()
    assert installed == ["python3-venv"]


def test_another_python_makes_the_installer_when_the_preferred_one_lacks_ensurepip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bootstrap, "interpreter", lambda: Path("/usr/bin/without-ensurepip"))
    monkeypatch.setattr(bootstrap, "_can", lambda python, _module: python == Path(sys.executable))
    assert bootstrap._pip_maker() == Path(sys.executable)


ABSENT = SystemPackage("a-package", "does a thing", lambda: False)


def test_missing_packages_are_found() -> None:
    present = SystemPackage("b-package", "does another", lambda: True)
    assert system_packages.missing([ABSENT, present]) == [ABSENT]


def test_without_rights_the_line_to_run_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "_root_prefix", lambda: None)
    line = r"sudo apt-get update && sudo apt-get install -y a-package"
    with pytest.raises(SystemPackageError, match=line):
        system_packages.install([ABSENT], tmp_path / "log")


def test_packages_are_installed_after_fresh_lists_when_the_first_try_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apt = tmp_path / "bin" / "apt-get"
    apt.parent.mkdir()
    # Stands in for a new machine: nothing can be installed before the lists were fetched.
    apt.write_text(
        '#!/bin/sh\ncase "$*" in *update*) touch "$LISTS";; *) [ -e "$LISTS" ] || exit 100; echo "$@";; esac\n'
    )
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{apt.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("LISTS", str(tmp_path / "lists"))
    monkeypatch.setattr(system_packages, "_root_prefix", list)
    system_packages.install([ABSENT], tmp_path / "log")
    assert "a-package" in (tmp_path / "log").read_text()


def test_an_unknown_target_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["dance"]) == 2
    assert "requirements" in capsys.readouterr().out


def test_a_second_bootstrap_waits_for_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "BUILD", tmp_path)
    program = (
        "import pathlib, sys; from deploy import bootstrap\n"
        "bootstrap.BUILD = pathlib.Path(sys.argv[1])\n"
        "with bootstrap.locked(): print('mine', flush=True)\n"
    )
    with bootstrap.locked():
        other = subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert other.stdout is not None
        assert "waiting" in other.stdout.readline()
        assert other.poll() is None
    assert other.stdout.readline() == "mine\n"
    assert other.wait(10) == 0
    other.stdout.close()
