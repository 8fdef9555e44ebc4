"""The workplace: what a sandbox knows of its project, and the language in which it speaks."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from output_checker.documents import read_plain
from output_checker.errors import DocumentError, OutputCheckerError
from output_checker.policy import Policy, load_policy
from output_checker.text import LANGUAGES, Language

P = ParamSpec("P")
R = TypeVar("R")

DATA_DIR = "/data"
OWN_DIR = "~/.own-variables"
SOCKET = "/run/enclave/api.sock"
DEFAULT_POLICY = "essnet"


@dataclass(frozen=True)
class Workplace:
    """Where the project's data, policy and bridge to the service are, and values of own variables."""

    data_dir: Path
    socket: Path
    own_dir: Path = Path(OWN_DIR)
    spoken: str | None = None

    @property
    def language(self) -> Language:
        """The language of the person, else that of the project; English where neither is known."""
        path = self.data_dir / "project.json"
        project = read_plain(path, DocumentError) if path.exists() else {}
        wanted = self.spoken or project.get("language")
        return next((language for language in LANGUAGES if wanted == language), "en")

    @property
    def policy(self) -> Policy:
        """The policy of the project; the strict preset where there is no project."""
        path = self.data_dir / "policy.json"
        return Policy.load(path) if path.exists() else load_policy(DEFAULT_POLICY)


def workplace() -> Workplace:
    """The workplace of this process, from ENCLAVE_DATA_DIR, ENCLAVE_API_SOCKET, ENCLAVE_OWN_DIR and ENCLAVE_LANGUAGE."""
    return Workplace(
        data_dir=Path(os.environ.get("ENCLAVE_DATA_DIR", DATA_DIR)),
        socket=Path(os.environ.get("ENCLAVE_API_SOCKET", SOCKET)),
        own_dir=Path(os.environ.get("ENCLAVE_OWN_DIR", OWN_DIR)).expanduser(),
        spoken=os.environ.get("ENCLAVE_LANGUAGE"),
    )


def spoken(call: Callable[P, R]) -> Callable[P, R]:
    """Let the errors of a call speak the language of the project."""

    @wraps(call)
    def speaking(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except OutputCheckerError as error:
            error.language = workplace().language
            raise

    return speaking
