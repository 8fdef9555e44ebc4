"""The cells that the journey runs in a kernel: what a researcher would type, kept as files to be read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
NAMES = ("cbs.example", "microdata.example")


def cell(name: str) -> str:
    """Return the text of the cell called `name`."""
    return (HERE / f"{name}.ipy").read_text(encoding="utf-8")


def isolation_cell(
    targets: Mapping[str, tuple[str, int]], foreign_paths: Sequence[str], secrets: Sequence[bytes]
) -> str:
    """Return the cell that shows, as JSON, what the kernel can reach of `targets` (host, port) and `foreign_paths`.

    Of the `secrets` only hashes go in: enough for the kernel to see whether it was given one.
    """
    source = (HERE / "isolation.py").read_text(encoding="utf-8")
    digests = [hashlib.sha256(secret.strip()).hexdigest() for secret in secrets]
    asked = (dict(targets), list(foreign_paths), NAMES, digests)
    return f"{source}\nimport json\nprint(json.dumps(look_around(*{asked!r})))\n"


def submission(variable: str, title: str, purpose: str) -> str:
    """Return the cell that submits the table in `variable` and shows, as JSON, what the service answers."""
    return (
        f"sent = oc.submit({variable}, title={json.dumps(title)}, purpose={json.dumps(purpose)})\n"
        "import json\n"
        "findings = sent.verdict.findings if sent.verdict else ()\n"
        "print(json.dumps({'id': sent.id, 'state': sent.state, 'outcome': sent.verdict and sent.verdict.outcome,\n"
        "    'next': {'nl': sent.next.nl, 'en': sent.next.en}, 'url': sent.url,\n"
        "    'reasons': [{'nl': one.reason.nl, 'en': one.reason.en} for one in findings]}))\n"
    )
