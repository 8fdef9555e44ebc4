"""Pages for output checkers about one table: any part of it, only its marked rows, and one cell with all evidence."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.dependencies import DatabaseDep
from api.identity.dependencies import LoginDep
from api.review.cells import place_in, shown_place
from api.review.comments import Mention, visible_comments
from api.review.looking import record_looking
from api.review.models import Comment
from api.review.tables import JudgedTable, judged_table
from api.web.language import language_of
from api.web.outputs import shown_comments
from api.web.rendering import page
from api.web.results import shown_table
from api.web.viewer import RememberViewer
from output_checker.metadata import DatasetMetadata

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)


@router.get("/review/{number}/tables/{position}")
def table_page(
    request: Request,
    number: str,
    position: int,
    login: LoginDep,
    database: DatabaseDep,
    row: Annotated[int, Query(ge=1, le=10_000_000)] = 1,
    only: str = "",
) -> HTMLResponse:
    """Show the part of a table with a row (1 is the first), or the marked rows from there."""
    language = language_of(request)
    with database.reading() as session:
        login = login.within(session)
        judged = judged_table(session, login.person, number, position)
        record_looking(database, login, judged.request, f"table {position}, row {row}")
        metadata = DatasetMetadata.parse(judged.output.dataset_version.document)
        return page(
            request,
            "review/table.html",
            item=judged.request,
            output=judged.output,
            table=shown_table(judged.verdict, language, row - 1, only_marked=only == "marked"),
            units=metadata.unit_label(judged.verdict.units),
            only="marked" if only == "marked" else "",
        )


@router.get("/review/{number}/cells")
def to_cell(number: str, cell: str = "") -> Response:
    """Lead from the form that asks for a cell to its page."""
    place = cell.strip() or "0.0.0"
    mention = place_in(place)
    return RedirectResponse(
        f"/review/{number}/cells/{mention.output}.{mention.row + 1}.{mention.column + 1}", status_code=303
    )


@router.get("/review/{number}/cells/{place}")
def cell_page(
    request: Request, number: str, place: str, login: LoginDep, database: DatabaseDep
) -> HTMLResponse:
    """Show one cell: its number, the units behind it, and each rule that speaks of it with its evidence."""
    language, mention = language_of(request), place_in(place)
    with database.reading() as session:
        login = login.within(session)
        judged = judged_table(session, login.person, number, mention.output)
        record_looking(database, login, judged.request, f"cell {place}")
        shown = shown_place(judged.verdict, mention, language)
        comments = [
            one
            for one in visible_comments(session, login.person, judged.request)
            if _is_about(one, judged, mention)
        ]
        metadata = DatasetMetadata.parse(judged.output.dataset_version.document)
        return page(
            request,
            "review/cell.html",
            item=judged.request,
            output=judged.output,
            shown=shown,
            units=metadata.unit_label(judged.verdict.units),
            comments=shown_comments(comments, language, with_cells=False),
        )


def _is_about(comment: Comment, judged: JudgedTable, mention: Mention) -> bool:
    wanted = (judged.output.id, mention.row, mention.column)
    return any((cell.output_id, cell.row, cell.column) == wanted for cell in comment.cells)
