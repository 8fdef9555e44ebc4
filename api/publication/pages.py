"""Released results for everybody: no login, no cookie, nobody's name, and the same answer for every reader.

The language stands in the path, so that a cache may keep each page; it may for a minute only, so that a revocation is
seen soon. Search engines are asked to stay away unless ``ENCLAVE_PUBLIC_INDEXED`` is set: a page that vanishes with a
revocation would live on in their copies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from api.db import LARGEST_INTEGER
from api.dependencies import DatabaseDep, SecretsDep, SettingsDep
from api.errors import NotFoundError, UnavailableError
from api.publication.large import page_of
from api.publication.proof import proof_of
from api.publication.queries import PAGE_SIZE, find_public, public_file, public_releases
from api.release.downloads import proven
from api.release.models import Release
from api.release.noise import Beside, beside_noise
from api.requests.in_words import question_in_words
from api.requests.verdicts import released_of
from api.secrets import SecretStore
from api.web.language import language_of
from api.web.outputs import ShownOutput, shown_output
from api.web.rendering import Pages
from output_checker.text import LANGUAGES, Language, Text

router = APIRouter(include_in_schema=False)
KEPT = "public, max-age=60"
_NO_LANGUAGE = Text("Deze pagina is er niet.", "There is no such page.")
_DAMAGED = Text(
    "Dit bestand is niet meer wat is vrijgegeven; het wordt niet verstuurd.",
    "This file is no longer what was released; it is not sent.",
)


@dataclass(frozen=True)
class PublicResult:
    """A release as everybody sees it: its public proof, its tables without marks, and how it ended if it did."""

    release: Release
    proof: dict[str, Any]
    outputs: list[ShownOutput]
    beside: dict[int, Beside]


def language_in_path(language: str) -> Language:
    """Return the language that the path names.

    Raises NotFoundError for any other.
    """
    for known in LANGUAGES:
        if language == known:
            return known
    raise NotFoundError("no_page", _NO_LANGUAGE)


LanguageDep = Annotated[Language, Depends(language_in_path)]


@router.get("/public")
def to_public_page(request: Request) -> Response:
    """Lead to the public page in the language of the reader."""
    return RedirectResponse(f"/public/{language_of(request)}", status_code=303)


@router.get("/public/proof/{number}")
def public_proof(number: str, database: DatabaseDep, secrets: SecretsDep, settings: SettingsDep) -> Response:
    """Hand out the public proof of a release, which verifies offline; also of a revoked one, beside its statement."""
    with database.reading() as session:
        proof = _proof(find_public(session, number), secrets)
    answer = JSONResponse(proof, headers=_headers(indexed=settings.public_indexed))
    answer.headers["Content-Disposition"] = f'attachment; filename="{number}-proof.json"'
    return answer


@router.get("/public/files/{number}/{name}")
def download_public_file(
    request: Request, number: str, name: str, database: DatabaseDep, settings: SettingsDep
) -> Response:
    """Hand out a released file, proven to be the released bytes."""
    with database.reading() as session:
        file = public_file(session, number, name)
        content = proven(settings, file)
    if content is None:
        raise UnavailableError("file_damaged", _DAMAGED)
    headers = _headers(indexed=settings.public_indexed) | {"ETag": f'"{file.sha256}"'}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return Response(content, media_type=file.media_type, headers=headers)


@router.get("/public/{language}")
def public_results_page(
    request: Request,
    language: LanguageDep,
    database: DatabaseDep,
    offset: Annotated[int, Query(ge=0, le=LARGEST_INTEGER)] = 0,
) -> HTMLResponse:
    """Show what is public, newest first."""
    with database.reading() as session:
        listed = public_releases(session, offset)
        address = f"/public/{language}"
        body = _rendered(request, "public_results.html", listed=listed, size=PAGE_SIZE, address=address)
    return _answer(request, body)


@router.get("/public/{language}/{number}")
def public_result_page(
    request: Request,
    language: LanguageDep,
    number: str,
    database: DatabaseDep,
    secrets: SecretsDep,
    settings: SettingsDep,
) -> HTMLResponse:
    """Show one released result with where it comes from, or that it was revoked and why."""
    with database.reading() as session:
        release = find_public(session, number)
        theme = settings.theme_of([release.request.project.centre.slug])

        def made() -> str:
            beside = beside_noise(session, release.request)
            result = PublicResult(release, _proof(release, secrets), _outputs(release, language), beside)
            return _rendered(request, "public_result.html", result=result, theme=theme)

        return _answer(request, page_of(session, release, language, made), 410 if release.revocation else 200)


def _proof(release: Release, secrets: SecretStore) -> dict[str, Any]:
    questions = {output.position: question_in_words(output) for output in release.request.outputs}
    return proof_of(release.record, release.record_sha256, questions, secrets.audit_key())


def _outputs(release: Release, language: Language) -> list[ShownOutput]:
    """Return the tables as they left; none of a revoked release."""
    if release.revocation:
        return []
    return [shown_output(output, released_of(output), language) for output in release.request.outputs]


def _rendered(request: Request, template: str, **context: Any) -> str:
    pages = cast(Pages, request.app.state.pages)
    rest = request.url.path.split("/", 3)[3:]
    languages = {name: "/".join(["/public", name, *rest]) for name in LANGUAGES}
    return pages.render(request, template, {"languages": languages, "viewer": None, **context})


def _answer(request: Request, body: str, status: int = 200) -> HTMLResponse:
    """Answer with a page that every cache may keep: it is the same for all readers of its language."""
    headers = _headers(indexed=cast(Pages, request.app.state.pages).settings.public_indexed)
    return HTMLResponse(body, status, headers | {"Content-Language": language_of(request)})


def _headers(*, indexed: bool) -> dict[str, str]:
    return {"Cache-Control": KEPT} | ({} if indexed else {"X-Robots-Tag": "noindex, nofollow"})
