"""Messages on the hub's own pages: plain, escaped HTML, and errors that carry it."""

from __future__ import annotations

from collections.abc import Iterable

from jupyterhub.spawner import SpawnException
from markupsafe import Markup
from tornado import web

from hub import words
from hub.access import Unmet
from output_checker.text import Language, Text


class Refusal(SpawnException):  # type: ignore[misc]  # JupyterHub has no types
    """No sandbox, with the words that the person reads (jupyterhub_html_message is what the hub's pages show)."""

    def __init__(self, status: int, reason: str, title: str, html: Markup, log: str) -> None:
        super().__init__(
            html.striptags(), reason=reason, message_html=str(html), status_code=status, log_message=log
        )
        self.jupyterhub_message = html.striptags()
        self.jupyterhub_html_message = str(html)
        self.title_for_people = title


class LoginProblem(web.HTTPError):
    """No login, likewise."""

    def __init__(self, status: int, message: Text, language: Language, again: str) -> None:
        super().__init__(status, "login failed")
        link = Markup('<a class="btn btn-primary" href="{}">{}</a>').format(
            again, words.AGAIN.in_language(language)
        )
        html = Markup("<p lang='{}'>{}</p><p>{}</p>").format(language, message.in_language(language), link)
        self.jupyterhub_message = message.in_language(language)
        self.jupyterhub_html_message = str(html)
        self.title_for_people = words.LOGIN_FAILED.in_language(language)


def refused(unmet: Iterable[Unmet], language: Language, projects: str) -> Refusal:
    """Return the refusal that names every unmet condition with its reason and remedy."""
    conditions = list(unmet)
    items = Markup("").join(_condition(condition, language) for condition in conditions)
    said = (
        Markup("<p>{}</p><ul class='text-start'>{}</ul>").format(
            words.REFUSED_WHY.in_language(language), items
        )
        if items
        else Markup("<p>{}</p>").format(words.REFUSED_UNSAID.in_language(language))
    )
    names = ", ".join(condition.condition for condition in conditions)
    return _refusal(403, "conditions", said, language, projects, f"unmet: {names or 'not said'}")


def plainly_refused(status: int, reason: str, message: Text, language: Language, projects: str) -> Refusal:
    """Return a refusal that is one sentence."""
    said = Markup("<p>{}</p>").format(message.in_language(language))
    return _refusal(status, reason, said, language, projects, message.en)


def _condition(condition: Unmet, language: Language) -> Markup:
    remedy = "" if condition.remedy is None else condition.remedy.text.in_language(language)
    reason = condition.reason.text.in_language(language)
    return Markup("<li data-condition='{}'><strong>{}</strong><br>{}</li>").format(
        condition.condition, reason, remedy
    )


def _refusal(status: int, reason: str, said: Markup, language: Language, projects: str, log: str) -> Refusal:
    link = Markup('<p><a href="{}">{}</a></p>').format(projects, words.TO_PROJECTS.in_language(language))
    html = Markup("<div lang='{}'>{}{}</div>").format(language, said, link)
    return Refusal(status, reason, words.REFUSED.in_language(language), html, log)
