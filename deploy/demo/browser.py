"""A person's browser without a screen: follows links, keeps cookies, fills in the forms that a page shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SILENT = {"script", "style", "template"}
TIMEOUT = 120.0


class JourneyError(RuntimeError):
    """A page did not hold what a person would expect there; the message says what was shown instead."""


@dataclass
class Form:
    """A form as the page offers it: where it goes, how, and what its fields hold already."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Takes the forms and the visible words out of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self.links: dict[str, str] = {}
        self.items: list[str] = []
        self._in_item = False
        self._silent = 0
        self._link: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, a field, a link, or the start of what is not shown."""
        values = {name: value or "" for name, value in attrs}
        if tag in SILENT:
            self._silent += 1
        elif tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get").lower()))
        elif tag == "a":
            self._link = values.get("href")
        elif tag == "li":
            self._in_item = True
            self.items.append("")
        elif tag in ("input", "textarea", "select", "option", "button"):
            self._field(tag, values)

    def handle_endtag(self, tag: str) -> None:
        """Note the end of what is not shown, or of a link."""
        if tag in SILENT:
            self._silent -= 1
        elif tag == "a":
            self._link = None
        elif tag == "li":
            self._in_item = False
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        """Keep visible words."""
        words = " ".join(data.split())
        if not words or self._silent:
            return
        self.words.append(words)
        if self._in_item:
            self.items[-1] = f"{self.items[-1]} {words}".strip()
        if self._link:
            self.links.setdefault(words, self._link)

    def _field(self, tag: str, values: dict[str, str]) -> None:
        if not self.forms or "disabled" in values:
            return
        fields = self.forms[-1].fields
        if tag == "select":
            self._select = values.get("name")
        elif tag == "option" and self._select and ("selected" in values or self._select not in fields):
            fields[self._select] = values.get("value", "")
        elif tag == "textarea" and "name" in values:
            fields[values["name"]] = ""
        elif tag == "input" and "name" in values and _counts(values):
            fields[values["name"]] = values.get("value", "")


def _counts(values: dict[str, str]) -> bool:
    """Tell whether a browser would send this input without a click of the person."""
    kind = values.get("type", "text")
    return kind not in ("submit", "button") and (kind not in ("radio", "checkbox") or "checked" in values)


@dataclass(frozen=True)
class Page:
    """An answer that a person looks at."""

    response: httpx.Response
    words: str
    forms: list[Form]
    links: dict[str, str]
    items: list[str]

    @property
    def status(self) -> int:
        """Status of the answer."""
        return self.response.status_code

    @property
    def url(self) -> str:
        """Address where the person ended up."""
        return str(self.response.url)

    def form(self, part_of_action: str) -> Form:
        """Return the form whose action contains this text and least besides; raises JourneyError without one."""
        fitting = [form for form in self.forms if part_of_action in form.action]
        if not fitting:
            raise JourneyError(
                f"no form for {part_of_action} on {self.url} ({self.status}): {self.words[:400]}"
            )
        return min(fitting, key=lambda form: len(form.action))

    def expect(self, status: int, *words: str) -> Self:
        """Return the page when it has this status and shows all these words; raises JourneyError otherwise."""
        absent = [word for word in words if word not in self.words]
        if self.status != status or absent:
            raise JourneyError(f"{self.url} ({self.status}) lacks {absent}: {self.words[:600]}")
        return self


def read(response: httpx.Response) -> Page:
    """Return `response` as a page; what is no HTML has no words and no forms."""
    reader = _Reader()
    if "html" in response.headers.get("content-type", ""):
        reader.feed(response.text)
    return Page(response, " ".join(reader.words), reader.forms, reader.links, reader.items)


class Browser:
    """One person's browser: cookies, redirects, a language."""

    def __init__(self, language: str) -> None:
        headers = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": language}
        self.client = httpx.Client(follow_redirects=True, timeout=TIMEOUT, headers=headers, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def open(self, url: str) -> Page:
        """Go to an address and wherever it leads."""
        return read(self.client.get(url))

    def send(self, page: Page, form: Form, **filled: str) -> Page:
        """Fill in a form of `page` and send it, as a click on its button would."""
        url = urljoin(page.url, form.action)
        data = form.fields | filled
        origin = {"origin": f"{page.response.url.scheme}://{page.response.url.netloc.decode()}"}
        if form.method == "get":
            return read(self.client.get(url, params=data))
        return read(self.client.post(url, data=data, headers=origin | {"referer": page.url}))

    def log_in(self, url: str, name: str, password: str, telephone: Callable[[], str] | None = None) -> Page:
        """Open an address that asks for a login, and log in at the provider; `telephone` shows the code that it asks for."""
        page = self.open(url)
        form = next((form for form in page.forms if "password" in form.fields), None)
        if form is None:
            raise JourneyError(f"no login form on {page.url} ({page.status}): {page.words[:400]}")
        page = self.send(page, form, login_name=name, password=password)
        form = next((form for form in page.forms if "code" in form.fields), None)
        return self.send(page, form, code=telephone()) if form and telephone else page
