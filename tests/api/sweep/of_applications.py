"""The addresses of applications for projects: for programs, and the same on pages."""

from __future__ import annotations

from tests.api.sweep.doors import APPLICATION, APPROVERS, REASON, Door, session

FORM = {name: said for name, said in APPLICATION.items() if isinstance(said, str)} | {
    "reason-1": "There is no other.",
    "variable-1-income": "It is the subject.",
}
"""What a form says that asks for a variable of the first dataset."""

_SEES = f"author {APPROVERS} auditor"
APPLICATIONS: dict[str, Door] = {
    "GET /api/applications": session("/api/applications"),
    # Whoever would approve it at this centre applies for none there.
    "POST /api/applications": Door(
        "/api/applications",
        {403: APPROVERS},
        201,
        {"json": APPLICATION | {"centre": "heerlen", "slug": "new"}},
        401,
    ),
    "GET /api/applications/{number}": Door("/api/applications/{application}", {200: _SEES}, 404),
    "POST /api/applications/{number}/words": Door(
        "/api/applications/{worded}/words", {200: "author"}, 404, {"json": APPLICATION | {"row_version": 1}}
    ),
    "POST /api/applications/{number}/submission": Door(
        "/api/applications/{worded}/submission", {200: "author"}, 404, {"json": {"row_version": 1}}
    ),
    "POST /api/applications/{number}/withdrawal": Door(
        "/api/applications/{application}/withdrawal",
        {200: "author", 403: f"{APPROVERS} auditor"},
        404,
        {"json": REASON},
    ),
    "POST /api/applications/{number}/versions": Door(
        "/api/applications/{application}/versions",
        {409: "author", 403: f"{APPROVERS} auditor"},
        404,
        {"json": APPLICATION | {"because": "More time."}},
    ),
    # It waits for the centre: nobody else's decision is taken, and the author's never.
    "POST /api/applications/{number}/decision": Door(
        "/api/applications/{application}/decision",
        {200: "administrator", 403: "author steward privacy_officer auditor"},
        404,
        {"json": {"decision": "approve", "row_version": 2} | REASON},
    ),
    "GET /applications": session("/applications"),
    "GET /applications/new": session("/applications/new"),
    "POST /applications/new": Door(
        "/applications/new",
        {403: APPROVERS},
        303,
        {"data": FORM | {"centre": "heerlen", "slug": "typed"}},
        401,
    ),
    "GET /applications/{number}": Door("/applications/{application}", {200: _SEES}, 404),
    "GET /applications/{number}/words": Door("/applications/{worded}/words", {200: "author"}, 404),
    "POST /applications/{number}/words": Door(
        "/applications/{worded}/words", {303: "author"}, 404, {"data": FORM | {"row_version": "1"}}
    ),
    # No change of a project that is not there yet.
    "GET /applications/{number}/change": Door(
        "/applications/{application}/change", {409: "author", 403: f"{APPROVERS} auditor"}, 404
    ),
    "POST /applications/{number}/change": Door(
        "/applications/{application}/change",
        {409: "author", 403: f"{APPROVERS} auditor"},
        404,
        {"data": FORM | {"because": "More time."}},
    ),
    "POST /applications/{number}/submission": Door(
        "/applications/{worded}/submission", {303: "author"}, 404, {"data": {"row_version": "1"}}
    ),
    "POST /applications/{number}/withdrawal": Door(
        "/applications/{application}/withdrawal",
        {303: "author", 403: f"{APPROVERS} auditor"},
        404,
        {"data": REASON},
    ),
    "POST /applications/{number}/decision": Door(
        "/applications/{application}/decision",
        {303: "administrator", 403: "author steward privacy_officer auditor"},
        404,
        {"data": {"decision": "approve", "row_version": "2"} | REASON},
    ),
}
