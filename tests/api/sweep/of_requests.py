"""Who may what with requests, and as a checker."""

from __future__ import annotations

from tests.api.sweep.doors import MEMBERS, READERS, REASON, STAFF, Door, anybody, session

REQUESTS: dict[str, Door] = {
    "GET /requests": session("/requests"),
    "GET /requests/{number}": Door("/requests/{waiting}", {200: READERS}, 404),
    "POST /requests/{number}/comments": Door(
        "/requests/{waiting}/comments",
        {303: "author", 403: "member checker auditor"},
        404,
        {"data": {"text": "A word."}},
    ),
    "POST /requests/{number}/withdrawal": Door(
        "/requests/{waiting}/withdrawal", {303: "author", 403: "member checker auditor"}, 404
    ),
    "POST /requests/drafts": Door(
        "/requests/drafts", {303: MEMBERS}, 404, {"data": {"project": "minimum-incomes", "title": "T"}}
    ),
    "GET /requests/{number}/draft": Door(
        "/requests/{drafted}/draft", {200: "author", 403: "member checker auditor"}, 404
    ),
    "POST /requests/{number}/draft": Door(
        "/requests/{drafted}/draft",
        {303: "author", 403: "member checker auditor"},
        404,
        {"data": {"title": "T", "version": "1", "do": "save"}},
    ),
    "POST /requests/{number}/draft/next": Door(
        "/requests/{drafted}/draft/next", {303: "author", 403: "member checker auditor"}, 404
    ),
    "POST /requests/{number}/draft/drop": Door(
        "/requests/{drafted}/draft/drop", {303: "author", 403: "member checker auditor"}, 404
    ),
    "GET /requests/{number}/revocation": Door(
        "/requests/{released}/revocation",
        {200: "checker administrator", 403: f"{MEMBERS} auditor"},
        404,
    ),
    "POST /requests/{number}/revocation": Door(
        "/requests/{released}/revocation",
        {303: "checker administrator", 403: f"{MEMBERS} auditor"},
        404,
        {"data": REASON},
    ),
    "GET /api/requests": session("/api/requests"),
    "GET /api/requests/{number}": Door("/api/requests/{waiting}", {200: READERS}, 404),
    "POST /api/requests/{number}/withdrawal": Door(
        "/api/requests/{waiting}/withdrawal", {200: "author", 403: "member checker auditor"}, 404
    ),
    "GET /api/requests/{number}/comments": Door("/api/requests/{waiting}/comments", {200: READERS}, 404),
    "POST /api/requests/{number}/comments": Door(
        "/api/requests/{waiting}/comments",
        {201: "author checker", 403: "member auditor"},
        404,
        {"json": {"text": "A word.", "reach": "public"}},
    ),
    "GET /api/requests/{number}/files/{name}": Door(
        "/api/requests/{released}/files/{name}",
        {200: MEMBERS, 403: STAFF},
        404,
    ),
    "GET /api/requests/{number}/receipt": Door(
        "/api/requests/{released}/receipt", {200: MEMBERS, 403: STAFF}, 404
    ),
    "POST /api/requests/{number}/revocation": Door(
        "/api/requests/{released}/revocation",
        {201: "checker administrator", 403: f"{MEMBERS} auditor"},
        404,
        {"json": REASON},
    ),
    "GET /api/revocations/{record_sha256}": anybody("/api/revocations/{record_sha256}", 200),
}
REVIEW: dict[str, Door] = {
    "GET /queue": session("/queue"),
    "GET /review/{number}": Door("/review/{waiting}", {200: "checker", 403: f"{MEMBERS} auditor"}, 404),
    "POST /review/{number}/claim": Door(
        "/review/{waiting}/claim", {303: "checker", 403: f"{MEMBERS} auditor"}, 404
    ),
    "POST /review/{number}/claim/end": Door(
        "/review/{waiting}/claim/end",
        {303: "checker", 403: f"{MEMBERS} auditor"},
        404,
        {"data": {"version": "1"}},
    ),
    "POST /review/{number}": Door(
        "/review/{waiting}",
        {303: "checker", 403: f"{MEMBERS} auditor"},
        404,
        {"data": {"row_version": "{row}", "decision": "approve", "comment": "Seen."}},
    ),
    # Nothing was drawn for an after-check: who may do one is told so, the others are not even told that.
    "POST /review/{number}/after-check": Door(
        "/review/{waiting}/after-check",
        {409: "checker", 403: f"{MEMBERS} auditor"},
        404,
        {"data": {"result": "in_order"}},
    ),
    "POST /review/{number}/comments": Door(
        "/review/{waiting}/comments",
        {303: "checker", 403: f"{MEMBERS} auditor"},
        404,
        {"data": {"text": "A word."}},
    ),
    "GET /review/{number}/tables/{position}": Door(
        "/review/{waiting}/tables/1", {200: "checker", 403: f"{MEMBERS} auditor"}, 404
    ),
    # It only writes another address down, which asks who is there.
    "GET /review/{number}/cells": anybody("/review/{waiting}/cells", 303),
    "GET /review/{number}/cells/{place}": Door(
        "/review/{waiting}/cells/1.1.1", {200: "checker", 403: f"{MEMBERS} auditor"}, 404
    ),
    # A query has no picture: who may review is told so, and members that they may not review.
    "GET /review/{number}/pictures/{position}": Door(
        "/review/{waiting}/pictures/1", {403: f"{MEMBERS} auditor"}, 404
    ),
    "GET /api/queue": session("/api/queue"),
    "POST /api/requests/{number}/reviews": Door(
        "/api/requests/{waiting}/reviews",
        {201: "checker", 403: f"{MEMBERS} auditor"},
        404,
        {"json": {"decision": "approve", "row_version": "{row}"}},
    ),
    "POST /api/requests/{number}/claim": Door(
        "/api/requests/{waiting}/claim", {201: "checker", 403: f"{MEMBERS} auditor"}, 404
    ),
    "POST /api/requests/{number}/claim/end": Door(
        "/api/requests/{waiting}/claim/end",
        {204: "checker", 403: f"{MEMBERS} auditor"},
        404,
        {"json": {"version": 1}},
    ),
    "GET /api/after-checks": session("/api/after-checks"),
    "POST /api/requests/{number}/after-check": Door(
        "/api/requests/{released}/after-check",
        {409: "checker", 403: f"{MEMBERS} administrator auditor"},
        404,
        {"json": {"result": "in_order"}},
    ),
}
