"""Uploading: bytes go over the bridge to the service, which keeps them under their sha256."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from output_checker.errors import SubmissionError
from output_checker.notebook.calling import call
from output_checker.notebook.tables import CheckedTable
from output_checker.notebook.workplace import spoken, workplace
from output_checker.text import Text

SECONDS = 300.0
"""How long the service may take to take an upload in; the bridge has the same limit."""


@spoken
def upload(content: bytes | Path) -> str:
    """Upload bytes, or a file as it is, and return the sha256 under which the service knows them.

    The same again is harmless. What it is for is said by the request that refers to it.

    Raises:
        SubmissionError: the service refused (too large, too much), or got something else than was sent.
        ServiceUnavailableError: the service did not answer within a minute.
    """
    held = content.read_bytes() if isinstance(content, Path) else content
    headers = {"Content-Type": "application/octet-stream"}
    answer = call("POST", "/sandbox/uploads", SECONDS, content=held, headers=headers)
    digest = hashlib.sha256(held).hexdigest()
    if answer.get("sha256") != digest:
        raise SubmissionError(
            Text(nl="De upload kwam anders aan dan verzonden.", en="The upload arrived other than sent."),
            remedy=Text(nl="Probeer het opnieuw.", en="Try again."),
        )
    return digest


def upload_values(tables: Sequence[CheckedTable]) -> None:
    """Upload the values of the own variables that tables use, each file once.

    Raises:
        SubmissionError: the values of one are no longer in this sandbox; what ``upload`` raises.
    """
    used = {own.sha256: name for table in tables for name, own in table.query.numbers.own.items()}
    for digest, name in used.items():
        path = workplace().own_dir / f"{digest}.parquet"
        if not path.is_file():
            raise SubmissionError(
                Text(
                    nl=f"De waarden van {name} staan niet meer in deze werkplek.",
                    en=f"The values of {name} are no longer in this sandbox.",
                ),
                field=f"own.{name}",
                remedy=Text(
                    nl="Voer de cel met own_variable opnieuw uit.", en="Run the cell with own_variable again."
                ),
            )
        if upload(path) != digest:
            raise SubmissionError(
                Text(nl=f"De waarden van {name} zijn veranderd.", en=f"The values of {name} were changed."),
                field=f"own.{name}",
                remedy=Text(
                    nl="Voer de cel met own_variable opnieuw uit.", en="Run the cell with own_variable again."
                ),
            )
