"""An application with only the web parts and routes that fail in every way, so that each refusal can be seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel
from sqlalchemy.exc import DataError

from api.db import Database
from api.errors import (
    ConflictError,
    EnclaveError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    NotLoggedInError,
    TooLargeError,
    UnavailableError,
)
from api.settings import Settings
from api.web.install import install_web
from output_checker.text import Text

ERRORS: dict[str, type[EnclaveError]] = {
    "bad": EnclaveError,
    "login": NotLoggedInError,
    "forbidden": NotAllowedError,
    "absent": NotFoundError,
    "conflict": ConflictError,
    "large": TooLargeError,
    "invalid": InvalidError,
    "unavailable": UnavailableError,
}


class Form(BaseModel):
    amount: int


@pytest.fixture
def failing(settings: Settings) -> Iterator[TestClient]:
    app = FastAPI()
    app.state.settings = settings
    app.state.database = Database(settings.database)
    install_web(app)

    @app.api_route("/fail/{kind}", methods=["GET", "POST"])
    @app.get("/api/fail/{kind}")
    def fail(kind: str) -> None:
        if kind == "bug":
            raise ZeroDivisionError("secret detail")
        if kind == "unfit":
            raise DataError("SELECT", {}, Exception("secret detail"))
        raise ERRORS[kind](
            f"code_{kind}",
            Text("Zo gaat het niet <b>", "Not like this <b>"),
            field="amount",
            remedy=Text("Doe het anders", "Do it another way"),
        )

    @app.post("/form")
    def form(body: Form) -> Form:
        return body

    with TestClient(
        app, base_url=settings.api_url, follow_redirects=False, raise_server_exceptions=False
    ) as client:
        yield client
    app.state.database.dispose()
