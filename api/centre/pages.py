"""The pages of a centre: how its requests go over time, and who must see them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.centre.downloads import as_csv
from api.centre.figures import PERIODS, ZONE, figures_of
from api.centre.permissions import centres_for, find_centre
from api.centre.shown import answers_of, objections_of, series_of
from api.centre.words import ENDINGS, STAGES
from api.dependencies import DatabaseDep
from api.errors import NotAllowedError
from api.identity.dependencies import LoginDep
from api.web.rendering import page
from api.web.viewer import RememberViewer
from output_checker.text import Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)
WeeksDep = Annotated[int, Query(ge=1, le=max(PERIODS))]


@router.get("/centre")
def centres_page(request: Request, login: LoginDep, database: DatabaseDep) -> Response:
    """Show the centres whose figures are for the reader; the only one at once."""
    with database.reading() as session:
        centres = centres_for(session, login.within(session).person)
        if not centres:
            raise NotAllowedError(
                "no_centre",
                Text("U heeft geen rol bij een centrum.", "You have no role at a centre."),
                remedy=Text(
                    "Vraag een beheerder om u aan te wijzen.", "Ask an administrator to appoint you."
                ),
            )
        if len(centres) == 1:
            return RedirectResponse(f"/centre/{centres[0].slug}", status_code=303)
        return page(request, "centres.html", centres=centres)


@router.get("/centre/{slug}")
def centre_page(
    request: Request, slug: str, login: LoginDep, database: DatabaseDep, weeks: WeeksDep = 13
) -> HTMLResponse:
    """Show how the requests of a centre go."""
    with database.reading() as session:
        centre = find_centre(session, login.within(session).person, slug)
        figures = figures_of(session, centre, weeks, today())
        return page(
            request,
            "centre.html",
            centre=centre,
            figures=figures,
            weeks=weeks,
            periods=sorted({*PERIODS, weeks}),
            series=series_of(figures),
            answers=answers_of(figures.weeks),
            objections=objections_of(figures),
            endings=[(ending, name) for ending, name in ENDINGS.items() if figures.endings[ending]],
            stages=[(name, figures.stages[stage]) for stage, name in STAGES.items()],
        )


@router.get("/centre/{slug}/figures.csv")
def figures_file(slug: str, login: LoginDep, database: DatabaseDep, weeks: WeeksDep = 13) -> Response:
    """Hand out the figures of a centre as CSV."""
    with database.reading() as session:
        centre = find_centre(session, login.within(session).person, slug)
        text = as_csv(figures_of(session, centre, weeks, today()))
    name = f"{slug}-{weeks}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def today() -> dt.date:
    """Return the present day in the Netherlands."""
    return dt.datetime.now(ZONE).date()
