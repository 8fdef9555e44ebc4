"""A centre has its own look where the settings say so; everybody else, and who belongs to several, gets the common one."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from api.people.models import Role
from api.settings import Settings, Theme
from tests.api.factories import make_grant
from tests.api.flow import Flow
from tests.api.web.reader import Reader


@pytest.mark.parametrize(
    ("centres", "theme"),
    [
        ((), "voorbeeld"),
        (("heerlen",), "voorbeeld"),
        (("den-haag",), "denhaag"),
        (("den-haag", "heerlen"), "voorbeeld"),
        (("den-haag", "scheveningen"), "denhaag"),
    ],
)
def test_the_theme_of_who_belongs_to_centres(centres: tuple[str, ...], theme: Theme) -> None:
    settings = Settings(centre_themes={"den-haag": "denhaag", "scheveningen": "denhaag"})
    assert settings.theme_of(centres) == theme


def test_settings_name_only_themes_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCLAVE_CENTRE_THEMES", '{"den-haag": "denhaag"}')
    assert Settings().centre_themes == {"den-haag": "denhaag"}
    monkeypatch.setenv("ENCLAVE_CENTRE_THEMES", '{"den-haag": "pink"}')
    with pytest.raises(ValidationError):
        Settings()


def theme_at(reader: Reader, path: str = "/") -> str:
    found = re.search(r'<body class="enclave (\w+)-theme">', reader.open(path).text)
    assert found
    return found[1]


def test_pages_look_like_the_centre_of_their_reader(reader: Reader, flow: Flow) -> None:
    settings = reader.settings.model_copy(update={"centre_themes": {"den-haag": "denhaag"}})
    pages = reader.client.app.state.pages  # type: ignore[attr-defined]
    object.__setattr__(pages, "settings", settings)
    assert theme_at(reader) == "voorbeeld"
    seen = {
        name: theme_at(reader.be(getattr(flow.world, name)))
        for name in ("researcher", "foreign_checker", "outsider", "auditor")
    }
    assert seen == {
        "researcher": "voorbeeld",
        "foreign_checker": "denhaag",
        "outsider": "denhaag",
        "auditor": "voorbeeld",
    }
    with flow.database.transaction() as session:
        project = session.merge(flow.world.project)
        make_grant(session, person=session.merge(flow.world.outsider), project=project, role=Role.ANALYST)
    assert theme_at(reader.be(flow.world.outsider)) == "voorbeeld"
