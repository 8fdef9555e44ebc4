import pytest

from hub.sandbox import seccomp


def test_no_call_is_both_allowed_and_refused() -> None:
    assert not set(seccomp.ALLOWED) & set(seccomp.REFUSED)
    assert len(set(seccomp.ALLOWED)) == len(seccomp.ALLOWED)


def test_an_unknown_name_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "REFUSED", [*seccomp.REFUSED, "nonsense_call"])
    with pytest.raises(seccomp.UnknownSystemCallError, match="nonsense_call"):
        seccomp.filter_program()


@pytest.mark.parametrize(
    "name",
    ["ptrace", "process_vm_readv", "pidfd_getfd", "io_uring_setup", "mount", "unshare", "bpf", "keyctl"],
)
def test_what_breaks_out_is_refused_by_name(name: str) -> None:
    assert name in seccomp.REFUSED
