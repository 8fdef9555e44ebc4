import pytest

from hub.sandbox import cgroup, doctor, seccomp


def test_missing_programs_are_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    said = [words.en for words in doctor.missing_tools()]
    assert any("apt install bubblewrap" in words for words in said)


def test_a_library_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "ALLOWED", ["call_of_the_future"])
    assert doctor.NO_LIBSECCOMP in doctor.missing_tools()


def test_weaknesses_are_said_and_strength_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroup, "version", lambda: 2)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert doctor.weaknesses("http://127.0.0.1:8000") == []
    assert doctor.weaknesses("http://hub.example.org") == [doctor.SHARED_ORIGIN]
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert doctor.weaknesses() == [doctor.NOT_ROOT, doctor.NO_CGROUP]
