"""Finds the built files that pages load, by the manifest of ``api.web.build_assets``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BUILD = Path(__file__).parent / "static" / "build"
PREFIX = "/static"


@dataclass(frozen=True)
class Assets:
    """Maps plain names to addresses with a hash; a page without built files stays readable and usable, only plain."""

    manifest: Mapping[str, str]

    @classmethod
    def load(cls, build: Path = BUILD) -> Assets:
        """Read the manifest; nothing built yet gives no files."""
        file = build / "manifest.json"
        return cls(json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {})

    def url(self, name: str) -> str | None:
        """Return the address of a built file, or nothing when it was not built."""
        hashed = self.manifest.get(name)
        return f"{PREFIX}/{hashed}" if hashed else None
