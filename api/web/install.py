"""Joins the web parts to the application."""

from __future__ import annotations

from typing import cast

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from api.settings import Settings
from api.web import error_pages
from api.web.assets import BUILD, PREFIX
from api.web.rendering import Pages
from api.web.security_headers import SecurityHeaders


def install_web(app: FastAPI) -> None:
    """Add pages, built files, security headers and error pages; needs ``app.state.settings``."""
    settings = cast(Settings, app.state.settings)
    app.state.pages = Pages.load(settings)
    app.mount(PREFIX, StaticFiles(directory=BUILD, check_dir=False), name="static")
    app.add_middleware(SecurityHeaders, hub_url=settings.hub_url)
    error_pages.install(app)
