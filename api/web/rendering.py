"""Turns templates into answers: the only way a page is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension

from api.people.roles import ROLE_NAMES
from api.settings import Settings
from api.web import labels
from api.web.assets import Assets
from api.web.formatting import Formatting
from api.web.language import COOKIE, chosen_now, language_of
from api.web.translations import translations
from api.web.viewer import menu
from output_checker.text import LANGUAGES, Language

TEMPLATES = Path(__file__).parent / "templates"
EXTENSIONS: tuple[str | type[Extension], ...] = ("jinja2.ext.i18n",)
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Pages:
    """The templates of an application, ready in each language."""

    settings: Settings
    assets: Assets
    environments: Mapping[Language, Environment]

    @classmethod
    def load(cls, settings: Settings) -> Pages:
        """Prepare templates, messages and built files."""
        return cls(settings, Assets.load(), {language: _environment(language) for language in LANGUAGES})

    def render(self, request: Request, template: str, context: Mapping[str, Any]) -> str:
        """Return a page as text, with what its frame needs (reader, language, nonce, addresses)."""
        language, viewer = language_of(request), getattr(request.state, "viewer", None)
        frame = {
            "theme": self.settings.theme_of(viewer.centres if viewer else ()),
            "request": request,
            "language": language,
            "languages": {name: _address_in(request, name) for name in LANGUAGES},
            "viewer": viewer,
            "nonce": request.state.nonce,
            "asset": self.assets.url,
            "here": partial(_is_here, request.url.path),
            "menu": menu,
            "settings": self.settings,
        }
        return self.environments[language].get_template(template).render(frame | dict(context))


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Answer with a page; a language that was chosen in the address is remembered in a cookie."""
    pages = cast(Pages, request.app.state.pages)
    response = HTMLResponse(pages.render(request, template, context), status_code=status)
    response.headers["Content-Language"] = language_of(request)
    response.headers["Vary"] = "Accept-Language, Cookie"
    if chosen_now(request):
        secure = pages.settings.api_url.startswith("https:")
        response.set_cookie(
            COOKIE, language_of(request), max_age=_YEAR, secure=secure, httponly=True, samesite="lax"
        )
    return response


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=EXTENSIONS,
    )
    messages = translations(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        messages.gettext, messages.ngettext, newstyle=True, pgettext=messages.pgettext
    )
    environment.globals |= {"labels": labels, "role_names": ROLE_NAMES}
    formatting = Formatting(language)
    for name in (
        "words",
        "number",
        "figure",
        "percent",
        "date",
        "moment",
        "age",
        "day",
        "duration",
        "evidence",
    ):
        environment.filters[name] = getattr(formatting, name)
    return environment


def _address_in(request: Request, language: Language) -> str:
    url = request.url.include_query_params(lang=language)
    return f"{url.path}?{url.query}"


def _is_here(path: str, address: str) -> bool:
    return path == address or path.startswith(f"{address}/")
