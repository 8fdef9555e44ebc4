from pathlib import Path

import pytest

from output_checker.errors import DocumentError, QueryError
from output_checker.notebook.workplace import Workplace, spoken, workplace
from output_checker.text import Text


def test_in_a_sandbox_everything_is_where_it_is_mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENCLAVE_DATA_DIR", raising=False)
    monkeypatch.delenv("ENCLAVE_API_SOCKET", raising=False)
    monkeypatch.delenv("ENCLAVE_OWN_DIR", raising=False)
    own = Path("~/.own-variables").expanduser()
    assert workplace() == Workplace(Path("/data"), Path("/run/enclave/api.sock"), own)


def test_language_and_policy_are_the_projects(sandbox: Path) -> None:
    assert workplace().language == "nl"
    assert workplace().policy.name == "essnet"


def test_without_a_project_english_and_the_strict_policy(tmp_path: Path) -> None:
    here = Workplace(tmp_path, tmp_path)
    assert (here.language, here.policy.name) == ("en", "essnet")


def test_an_unknown_language_is_english_and_a_broken_project_is_told(sandbox: Path) -> None:
    (sandbox / "project.json").write_text('{"language": "tlh"}')
    assert workplace().language == "en"
    (sandbox / "project.json").write_text("{")
    with pytest.raises(DocumentError):
        _ = workplace().language


def test_the_language_of_the_person_comes_first(sandbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCLAVE_LANGUAGE", "en")
    assert workplace().language == "en"


def test_errors_speak_the_language_of_the_project(sandbox: Path) -> None:
    @spoken
    def fail() -> None:
        raise QueryError(Text(nl="Nee.", en="No."))

    with pytest.raises(QueryError, match="Nee"):
        fail()
