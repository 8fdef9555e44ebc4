"""Builds what pages load: ``python -m api.web.build_assets`` after ``npm ci --ignore-scripts``.

Writes ``api/web/static/build/``: one style sheet per theme with only the rules and tokens in use, htmx, the font and the mark
under names that hold a hash of their content, ``manifest.json`` with those names, and ``third-party.txt`` with all licences.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from api.web import stylesheet

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
BUILD = HERE / "static" / "build"
LIBRARIES = (
    "@utrecht/component-library-css/dist/index.css",
    "@nl-design-system-candidate/button-css/dist/button.css",
    "@nl-design-system-candidate/code-block-css/dist/code-block.css",
    "@nl-design-system-candidate/heading-css/dist/heading.css",
    "@nl-design-system-candidate/link-css/dist/link.css",
    "@nl-design-system-candidate/number-badge-css/dist/number-badge.css",
    "@nl-design-system-candidate/paragraph-css/dist/paragraph.css",
    "@nl-design-system-candidate/skip-link-css/dist/skip-link.css",
)
THEMES = {
    "voorbeeld": ("@nl-design-system-unstable/voorbeeld-design-tokens/dist/theme.css",),
    "denhaag": (
        "@gemeente-denhaag/design-tokens-common/dist/theme/index.css",
        "@gemeente-denhaag/design-tokens-components/dist/theme/index.css",
    ),
}
FONT = "@fontsource-variable/ibm-plex-sans/files/ibm-plex-sans-latin-wght-normal.woff2"
SCRIPTS = {"htmx.js": "htmx.org/dist/htmx.min.js", "hx-csp.js": "htmx.org/dist/ext/hx-csp.min.js"}
_LIBRARY_CLASS = re.compile(r"\b(?:utrecht|nl)-[a-z][\w-]*")


@dataclass(frozen=True)
class Builder:
    """Reads packages from ``node_modules`` and writes hashed files to ``build``."""

    node_modules: Path
    build: Path

    def run(self) -> dict[str, str]:
        """Write everything and return the manifest: plain name to name with hash.

        Whoever serves pages meanwhile finds at each moment a manifest and every file that it names.
        """
        self.build.mkdir(parents=True, exist_ok=True)
        manifest = {"plex.woff2": self._add("plex.woff2", (self.node_modules / FONT).read_bytes())}
        manifest["mark.svg"] = self._add("mark.svg", (HERE / "style" / "mark.svg").read_bytes())
        for name, source in SCRIPTS.items():
            manifest[name] = self._add(name, _without_source_map((self.node_modules / source).read_text()))
        for script in sorted((HERE / "script").glob("*.js")):
            manifest[script.name] = self._add(script.name, script.read_bytes())
        for theme in THEMES:
            style = self.style(theme).replace("plex.woff2", manifest["plex.woff2"])
            manifest[f"{theme}.css"] = self._add(f"{theme}.css", style.encode())
        manifest["third-party.txt"] = self._add("third-party.txt", self.notice().encode())
        self._put("manifest.json", json.dumps(manifest, indent=1).encode())
        for old in {path.name for path in self.build.iterdir()} - {"manifest.json", *manifest.values()}:
            (self.build / old).unlink()
        return manifest

    def style(self, theme: str) -> str:
        """Return the style sheet of a theme: tokens in use, library rules in use, then our own rules."""
        rules = [rule for name in LIBRARIES for rule in stylesheet.parse(self._read(name))]
        library = stylesheet.write(stylesheet.keep_used(rules, classes_in_use()))
        own = [
            (HERE / "style" / name).read_text(encoding="utf-8")
            for name in (f"{theme}.css", "house.css", "results.css")
        ]
        house = "".join(stylesheet.write(stylesheet.parse(text)) for text in own)
        declared = stylesheet.tokens(
            rule for name in THEMES[theme] for rule in stylesheet.parse(self._read(name))
        )
        used = stylesheet.tokens_in_use(library + house, declared)
        values = ";".join(f"{name}:{value}" for name, value in used.items())
        return f":root{{{values}}}{library}{house}"

    def notice(self) -> str:
        """Return the notice of third-party parts: name, version, licence and licence text of each package used."""
        sources = {
            *LIBRARIES,
            *(name for names in THEMES.values() for name in names),
            FONT,
            *SCRIPTS.values(),
        }
        packages = sorted({_package(source) for source in sources})
        head = "Third-party parts of the pages of Urban Enclave. Style sheets were reduced to the rules in use.\n"
        return head + "".join(self._notice_of(package) for package in packages)

    def _notice_of(self, package: str) -> str:
        directory = self.node_modules / package
        about = json.loads((directory / "package.json").read_text(encoding="utf-8"))
        repository = about.get("repository", {})
        source = repository.get("url", "") if isinstance(repository, dict) else repository
        texts = [path.read_text(encoding="utf-8") for path in sorted(directory.glob("LICEN[SC]E*"))]
        head = (
            f"\n{'=' * 80}\n{package} {about['version']}\nLicence: {about['license']}\nSource: {source}\n\n"
        )
        return head + "\n".join(texts)

    def _read(self, name: str) -> str:
        return (self.node_modules / name).read_text(encoding="utf-8")

    def _add(self, name: str, content: bytes) -> str:
        stem, _, suffix = name.rpartition(".")
        hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
        self._put(hashed, content)
        return hashed

    def _put(self, name: str, content: bytes) -> None:
        aside = self.build / f"{name}.{os.getpid()}"
        aside.write_bytes(content)
        aside.replace(self.build / name)


def classes_in_use() -> frozenset[str]:
    """Return the library classes that our templates and rendering helpers name."""
    sources = [*HERE.rglob("*.html"), *(path for path in HERE.glob("*.py") if path.name != "build_assets.py")]
    return frozenset(
        name for source in sources for name in _LIBRARY_CLASS.findall(source.read_text(encoding="utf-8"))
    )


def _package(source: str) -> str:
    return "/".join(source.split("/")[: 2 if source.startswith("@") else 1])


def _without_source_map(script: str) -> bytes:
    return re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", script).encode()


def main() -> None:
    """Build into the package, or say what is missing."""
    node_modules = PROJECT / "node_modules"
    if not node_modules.is_dir():
        sys.exit("node_modules is missing: run `npm ci --ignore-scripts` in the project directory first")
    manifest = Builder(node_modules, BUILD).run()
    sys.stdout.write(f"built {len(manifest)} files in {BUILD}\n")


if __name__ == "__main__":
    main()
