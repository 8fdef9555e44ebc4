from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from api.web import build_assets
from api.web.assets import Assets
from api.web.build_assets import PROJECT, THEMES, Builder, classes_in_use

MOST_BYTES = 25_000


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    build = tmp_path_factory.mktemp("static") / "build"
    Builder(PROJECT / "node_modules", build).run()
    return build


@pytest.mark.parametrize("theme", THEMES)
def test_the_style_of_a_page_is_small_and_loads_nothing_from_elsewhere(built: Path, theme: str) -> None:
    address = Assets.load(built).url(f"{theme}.css")
    assert address
    style = (built / Path(address).name).read_text()
    assert len(gzip.compress(style.encode())) < MOST_BYTES
    sources = set(re.findall(r"url\(([^)]*)\)", style))
    assert all(re.fullmatch(r'"plex\.[0-9a-f]{12}\.woff2"|"data:[^"]*"', source) for source in sources), (
        sources
    )
    assert "@import" not in style


@pytest.mark.parametrize("theme", THEMES)
def test_tokens_that_the_house_relies_on_are_declared(built: Path, theme: str) -> None:
    style = (built / Path(Assets.load(built).url(f"{theme}.css") or "").name).read_text()
    used = set(re.findall(r"var\((--enclave-[\w-]+)", style))
    declared = set(re.findall(r"(--enclave-[\w-]+):", style))
    assert used
    assert used <= declared


def test_every_library_class_of_a_template_has_a_style(built: Path) -> None:
    style = (built / Path(Assets.load(built).url("voorbeeld.css") or "").name).read_text()
    plain = {"utrecht-alert__content", "utrecht-form-field__label", "utrecht-form-field__input"}
    unstyled = {name for name in classes_in_use() if f".{name}" not in style}
    assert unstyled <= plain | {"nl-button__label"}, unstyled


def test_names_change_with_their_content_and_all_files_are_there(built: Path) -> None:
    manifest: dict[str, str] = json.loads((built / "manifest.json").read_text())
    assert {
        "htmx.js",
        "keys.js",
        "passkey.js",
        "hx-csp.js",
        "mark.svg",
        "plex.woff2",
        "third-party.txt",
        "voorbeeld.css",
        "denhaag.css",
    } == set(manifest)
    for hashed in manifest.values():
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", hashed)
        assert (built / hashed).is_file()


def test_no_script_leads_to_a_source_map_that_is_not_there(built: Path) -> None:
    assert not any("sourceMappingURL" in path.read_text() for path in built.glob("*.js"))


def test_every_part_of_others_is_named_with_version_and_licence(built: Path) -> None:
    notice = next(built.glob("third-party.*.txt")).read_text()
    for package in (
        "@utrecht/component-library-css 9.0.4",
        "htmx.org 4.0.1",
        "@fontsource-variable/ibm-plex-sans 5.3.0",
    ):
        assert package in notice
    assert notice.count("\nLicence: ") == 13
    assert "EUROPEAN UNION PUBLIC LICENCE" in notice.upper()


def test_without_packages_it_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_assets, "PROJECT", tmp_path)
    with pytest.raises(SystemExit, match="npm ci --ignore-scripts"):
        build_assets.main()


def test_it_builds_where_the_pages_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build_assets, "BUILD", tmp_path / "build")
    build_assets.main()
    assert "built 9 files" in capsys.readouterr().out
    assert (tmp_path / "build" / "manifest.json").is_file()


def test_pages_stay_readable_when_nothing_was_built(tmp_path: Path) -> None:
    assert Assets.load(tmp_path).url("htmx.js") is None


def test_the_lock_file_names_no_place_to_download_from() -> None:
    lock = json.loads((PROJECT / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_the_restricted_tokens_of_municipalities_are_not_ours_to_ship() -> None:
    names = json.loads((PROJECT / "package-lock.json").read_text())["packages"]
    restricted = (
        "@utrecht/design-tokens",
        "rotterdam-design-tokens",
        "rijkshuisstijl-community/design-tokens",
    )
    assert not [name for name in names if name.endswith(restricted)]


def test_building_again_takes_nothing_away_from_who_reads_and_leaves_nothing_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = Builder(PROJECT / "node_modules", tmp_path / "build")
    manifest = builder.run()
    (builder.build / "house.000000000000.css").write_text("of an earlier build")
    put, read = Builder._put, []

    def put_and_read(self: Builder, name: str, content: bytes) -> None:
        put(self, name, content)
        read.append(Assets.load(self.build).manifest)
        assert all((self.build / hashed).is_file() for hashed in manifest.values())

    monkeypatch.setattr(Builder, "_put", put_and_read)
    assert builder.run() == manifest
    assert read == [manifest] * (len(manifest) + 1)
    assert {path.name for path in builder.build.iterdir()} == {"manifest.json", *manifest.values()}
