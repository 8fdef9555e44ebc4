"""How a file travels, for tests: uploaded, submitted, judged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from api.requests.models import RequestState
from tests.api.flow import Flow, find
from tests.api.uploads.factories import make_upload

CODE = b"import output_checker as oc\n\nprint('mean')  # <b>&amp;\n"


@dataclass(frozen=True)
class Files:
    """Asks for files in a flow."""

    flow: Flow

    def upload(self, content: bytes) -> str:
        """Upload as the researcher and return the sha256."""
        with self.flow.database.transaction() as session:
            return make_upload(session, self.flow.settings, self.flow.sandbox_id, content).sha256

    def asked(self, name: str, content: bytes) -> dict[str, Any]:
        """Return an output that names what was uploaded."""
        return {"file": {"name": name, "sha256": self.upload(content)}}

    def submit(self, *files: tuple[str, bytes], **words: Any) -> str:
        """Submit files and return the public number."""
        return self.flow.submit_document({"outputs": [self.asked(*file) for file in files], **words})

    def under_review(self, name: str = "analyse.py", content: bytes = CODE) -> str:
        number = self.submit((name, content))
        assert self.flow.judge(number) is RequestState.UNDER_REVIEW
        return number

    def approved(self, name: str = "analyse.py", content: bytes = CODE) -> str:
        number = self.under_review(name, content)
        self.flow.review(number, self.flow.world.checker)
        self.flow.review(number, self.flow.world.second_checker)
        return number

    def verdict(self, number: str, position: int = 1) -> dict[str, Any]:
        """Return the stored verdict of an output."""
        with self.flow.database.reading() as session:
            verdict = find(session, number).outputs[position - 1].verdict
            assert verdict is not None
            return verdict


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
