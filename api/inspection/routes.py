"""The re-drawn picture of a file, for who may review it."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from api.dependencies import DatabaseDep, SettingsDep
from api.errors import NotFoundError, UnavailableError
from api.identity.dependencies import LoginDep
from api.inspection.leaving import approved_bytes, report_of
from api.requests.models import Output
from api.requests.queries import find_request
from api.review.looking import record_looking
from api.review.permissions import check_user_can_review
from output_checker.text import Text

router = APIRouter(include_in_schema=False)

_PICTURES = frozenset({"image/png", "image/jpeg"})


@router.get("/review/{number}/pictures/{position}")
def picture_of(
    number: str, position: int, login: LoginDep, database: DatabaseDep, settings: SettingsDep
) -> Response:
    """Show the picture that would leave, drawn anew from its pixels, to who may review the request."""
    with database.reading() as session:
        login = login.within(session)
        request = find_request(session, login.person, number)
        check_user_can_review(session, login.person, request)
        output = next((one for one in request.outputs if one.position == position), None)
        media_type = _media_type(output)
        record_looking(database, login, request, f"picture {position}")
        content = approved_bytes(settings, output) if output else None
    if content is None:
        raise UnavailableError(
            "file_damaged",
            Text("Dit bestand is niet meer wat is nagekeken.", "This file is no longer what was inspected."),
        )
    return Response(content, media_type=media_type)


def _media_type(output: Output | None) -> str:
    """Return the type of a picture. Raises NotFoundError for anything else: only what we drew is shown as it is."""
    report = report_of(output) if output else None
    if report is None or report.leaves is None or report.media_type not in _PICTURES:
        raise NotFoundError("no_picture", Text("Hier is geen afbeelding.", "There is no picture here."))
    return report.media_type
