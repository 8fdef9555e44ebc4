"""The cells that the journey runs in a kernel: what a researcher would type, kept as files to be read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
# No variable of a kernel may speak of the secrets of the services.
SECRET_WORDS = ("SECRET", "PROXY_AUTH", "SERVICE_TOKEN", "COOKIE", "ENCLAVE_STATE")
NAMES = ("cbs.example", "microdata.example")


def cell(name: str) -> str:
    """Return the text of the cell called `name`."""
    return (HERE / f"{name}.ipy").read_text(encoding="utf-8")


def isolation(targets: Mapping[str, tuple[str, int]], foreign_paths: Sequence[str]) -> str:
    """Return the cell that shows, as JSON, what the kernel can reach of `targets` (host, port) and `foreign_paths`."""
    source = (HERE / "isolation.py").read_text(encoding="utf-8")
    asked = (dict(targets), list(foreign_paths), NAMES, SECRET_WORDS)
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
