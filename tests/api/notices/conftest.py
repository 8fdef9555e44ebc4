"""A flow, and a mail server that really listens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.notices.mail_server import MailServer


@pytest.fixture
def post() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server
