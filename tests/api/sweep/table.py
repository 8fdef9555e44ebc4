"""Who may what at every address of the application: the table that the sweep holds each answer against.

A route without a line here fails the sweep. A line names the address with things of the project in it, what is sent,
and who is answered what; those it does not name get `others` when they have a session, and what strangers get when
they have none. In `Town.things` stand the names: {waiting}, {released} ... are numbers of requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SESSIONS = (
    "author member outsider checker foreign_checker steward foreign_steward"
    " administrator foreign_administrator auditor"
)
STRANGERS = "suspended nobody sandbox hub"
MEMBERS = "author member"
READERS = f"{MEMBERS} checker auditor"
ADMINISTRATORS = "administrator foreign_administrator"
OVERSEERS = f"{ADMINISTRATORS} steward auditor"
STAFF = "checker administrator auditor"
OFFICE = f"{STAFF} steward"
EVERYBODY = f"{SESSIONS} {STRANGERS}"
AT_HOME = f"{READERS} administrator steward sandbox"
"""Whoever may ever read a word of the project; a steward reads what it is called where they confirm who must see it."""


@dataclass(frozen=True)
class Door:
    """One address: `answers` are visitors by status; `bare` is what a stranger gets (None: as the address is)."""

    address: str
    answers: Mapping[int, str] = field(default_factory=dict)
    others: int = 403
    sent: Mapping[str, Any] = field(default_factory=dict)
    bare: int | None = None


def anybody(address: str, status: int, **sent: Any) -> Door:
    """A door that answers everybody alike."""
    return Door(address, {status: EVERYBODY}, sent=sent)


def session(address: str, status: int = 200, **sent: Any) -> Door:
    """A door for whoever is logged in; what is shown there depends on who that is."""
    return Door(address, others=status, sent=sent)


def bearer(address: str, visitor: str, status: int, **sent: Any) -> Door:
    """A door for one token: a session of people is none."""
    return Door(address, {status: visitor}, others=401, sent=sent, bare=401)


QUERY = {"dataset": "people", "index": "sex", "columns": "area", "margins": True}
REASON = {"reason": "A reason."}
ARRANGEMENT = {"level": "two", "reason": "A reason.", "version": 0}

PROPOSAL = {
    "person": "foreign-checker",
    "project": "minimum-incomes",
    "role": "researcher",
    "first_day": "2026-01-01",
    "last_day": "2999-12-31",
    "reason": "A reason.",
}

WEB: dict[str, Door] = {
    "GET /": anybody("/", 200),
    "MOUNT /static": anybody("/static/nothing", 404),
    "GET /openapi.json": anybody("/openapi.json", 200),
    "GET /projects": session("/projects"),
    "GET /rules": session("/rules"),
    "GET /inbox": session("/inbox"),
    "POST /inbox/read": session("/inbox/read", 303, data={"until": "1"}),
    "GET /public": anybody("/public", 303),
    "GET /public/{language}": anybody("/public/nl", 200),
    "GET /public/{language}/{number}": anybody("/public/nl/{released}", 404),
    "GET /public/proof/{number}": anybody("/public/proof/{released}", 404),
    "GET /public/files/{number}/{name}": anybody("/public/files/{released}/{name}", 404),
    "GET /api/me": session("/api/me"),
    "GET /api/notices": session("/api/notices"),
    "POST /api/notices/read": session("/api/notices/read", json={"until": 1}),
}
LOGIN: dict[str, Door] = {
    "GET /auth/login": anybody("/auth/login", 303),
    "GET /auth/callback": anybody("/auth/callback", 400),
    "POST /auth/logout": session("/auth/logout", 303),
    "GET /auth/logged-out": anybody("/auth/logged-out", 200),
    "GET /.well-known/openid-configuration": anybody("/.well-known/openid-configuration", 200),
    "GET /oidc/jwks": anybody("/oidc/jwks", 200),
    "GET /oidc/authorize": anybody("/oidc/authorize", 400),
    "POST /oidc/token": anybody("/oidc/token", 400),
    "GET /oidc/userinfo": anybody("/oidc/userinfo", 401),
    "POST /oidc/userinfo": anybody("/oidc/userinfo", 401),
    "GET /oidc/logout": anybody("/oidc/logout", 400),
    "POST /oidc/logout": anybody("/oidc/logout", 400),
    "GET /oidc/login": anybody("/oidc/login", 400),
    "POST /oidc/login": anybody("/oidc/login", 403),
    "GET /oidc/login/code": anybody("/oidc/login/code", 400),
    "POST /oidc/login/code": anybody("/oidc/login/code", 403),
    "GET /oidc/login/passkey": anybody("/oidc/login/passkey", 400),
    "POST /oidc/login/passkey": anybody("/oidc/login/passkey", 403),
    "GET /confirmed/{form_id}": session("/confirmed/nothing", 404),
    "GET /invitation/{token}": anybody("/invitation/nothing", 404),
    "POST /invitation/{token}": anybody("/invitation/nothing", 404),
    "GET /account": session("/account"),
    "POST /account/sessions/{id_hash}/end": session("/account/sessions/nothing/end", 303),
    # Nobody of the town has an account at the embedded provider.
    "GET /account/authenticator": session("/account/authenticator", 404),
    "POST /account/authenticator": session("/account/authenticator", 404),
    "POST /account/authenticator/remove": session("/account/authenticator/remove", 404),
    "POST /account/recovery-codes": session("/account/recovery-codes", 404),
    "GET /account/passkeys": session("/account/passkeys", 404),
    "POST /account/passkeys": session("/account/passkeys", 404),
    "POST /account/passkeys/{credential_id}/remove": session("/account/passkeys/nothing/remove", 303),
    "GET /admin/logins": Door("/admin/logins", {200: ADMINISTRATORS}),
    "GET /admin/logins/{subject}": Door("/admin/logins/researcher", {200: ADMINISTRATORS}),
    "POST /admin/logins/{subject}/invitation": Door(
        "/admin/logins/researcher/invitation", {200: ADMINISTRATORS}
    ),
    "POST /admin/logins/{subject}/end": Door("/admin/logins/researcher/end", {303: ADMINISTRATORS}),
}
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
GOVERNING: dict[str, Door] = {
    "GET /admin/grants": Door("/admin/grants", {200: ADMINISTRATORS}),
    "GET /admin/grants/{grant_id}": Door("/admin/grants/{grant_id}", {200: "administrator"}, 404),
    "POST /admin/grants/{grant_id}/withdraw": Door(
        "/admin/grants/{grant_id}/withdraw", {303: "administrator"}, 404, {"data": REASON}
    ),
    "POST /api/grants/{grant_id}/withdraw": Door(
        "/api/grants/{grant_id}/withdraw", {200: "administrator"}, 404, {"json": REASON}
    ),
    "GET /admin/proposals": Door("/admin/proposals", {200: ADMINISTRATORS}),
    "POST /admin/proposals": Door("/admin/proposals", {303: "administrator"}, sent={"data": PROPOSAL}),
    # There is none: whoever administers is told so, the others are told no more.
    "POST /admin/proposals/{number}/confirm": Door("/admin/proposals/1/confirm", others=404),
    "POST /admin/proposals/{number}/decline": Door("/admin/proposals/1/decline", others=404),
    "GET /admin/emergencies": Door("/admin/emergencies", {200: f"{OVERSEERS} foreign_steward"}),
    "POST /admin/emergencies": Door("/admin/emergencies", {303: "administrator"}, sent={"data": PROPOSAL}),
    "POST /admin/emergencies/{number}/review": Door(
        "/admin/emergencies/{grant_id}/review",
        {404: "steward administrator auditor"},
        sent={"data": {"justified": "yes", "comment": "Seen."}},
    ),
    "GET /access/explain": session("/access/explain"),
    "GET /admin/publication": Door("/admin/publication", {200: ADMINISTRATORS}),
    "POST /admin/publication/{slug}": Door(
        "/admin/publication/heerlen",
        {303: "administrator"},
        sent={"data": {"opened": "true", **REASON}},
    ),
    "GET /audit": Door("/audit", {200: "auditor"}),
    "GET /centre": Door(
        "/centre", {303: f"checker foreign_checker steward foreign_steward {ADMINISTRATORS}", 200: "auditor"}
    ),
    "GET /centre/{slug}": Door("/centre/heerlen", {200: OFFICE}, 404),
    "GET /centre/{slug}/figures.csv": Door("/centre/heerlen/figures.csv", {200: OFFICE}, 404),
    "GET /centre/{slug}/review": Door("/centre/heerlen/review", {200: OFFICE}, 404),
    "POST /centre/{slug}/review": Door(
        "/centre/heerlen/review",
        {303: "administrator", 403: "checker steward auditor"},
        404,
        {"data": ARRANGEMENT | {"share": "50"}},
    ),
    "POST /centre/{slug}/review/{project}": Door(
        "/centre/heerlen/review/minimum-incomes",
        {303: "administrator", 403: "checker steward auditor"},
        404,
        {"data": ARRANGEMENT},
    ),
    "POST /centre/{slug}/looser/{proposal_id}/confirm": Door(
        "/centre/heerlen/looser/{looser}/confirm", {303: "administrator steward", 403: "checker auditor"}, 404
    ),
    "POST /centre/{slug}/looser/{proposal_id}/dismiss": Door(
        "/centre/heerlen/looser/{looser}/dismiss", {303: "administrator steward", 403: "checker auditor"}, 404
    ),
    "GET /api/centres/{slug}/figures": Door("/api/centres/heerlen/figures", {200: OFFICE}, 404),
    "GET /api/centres/{slug}/arrangements": Door("/api/centres/heerlen/arrangements", {200: OFFICE}, 404),
    "POST /api/centres/{slug}/arrangements": Door(
        "/api/centres/heerlen/arrangements",
        {201: "administrator", 403: "checker steward auditor"},
        404,
        {"json": ARRANGEMENT | {"share": 0.5}},
    ),
}
MACHINES: dict[str, Door] = {
    "POST /sandbox/requests": bearer(
        "/sandbox/requests",
        "sandbox",
        202,
        json={"title": "T", "purpose": "P", "query": QUERY, "idempotency_key": "k" * 20},
    ),
    "POST /sandbox/drafts": bearer(
        "/sandbox/drafts", "sandbox", 201, json={"title": "T", "outputs": [{"query": QUERY}]}
    ),
    "GET /sandbox/requests": bearer("/sandbox/requests", "sandbox", 200),
    "GET /sandbox/requests/{number}": bearer("/sandbox/requests/{waiting}", "sandbox", 200),
    "GET /sandbox/requests/{number}/outputs/{position}": bearer(
        "/sandbox/requests/{waiting}/outputs/1", "sandbox", 200
    ),
    "POST /sandbox/requests/{number}/rounds": bearer(
        "/sandbox/requests/{returned}/rounds",
        "sandbox",
        202,
        json={"query": QUERY, "idempotency_key": "j" * 20},
    ),
    "POST /sandbox/uploads": bearer("/sandbox/uploads", "sandbox", 201, content=b"x"),
    "GET /internal/health": anybody("/internal/health", 200),
    "POST /internal/hub/spawn": bearer(
        "/internal/hub/spawn",
        "hub",
        200,
        json={"subject": "researcher", "project": "minimum-incomes", "server": "minimum-incomes"},
    ),
    "POST /internal/hub/alive": bearer("/internal/hub/alive", "hub", 200, json={"sandboxes": []}),
    "POST /internal/hub/stopped": bearer("/internal/hub/stopped", "hub", 204, json={"sandbox": "none"}),
}
ASSERTED = {"kind": "employment", "source": "P. Jansen", "valid_through": "2099-01-01"}
AUTHORISED = {"legal_basis": "B", "authorised_from": "2027-01-01", "authorised_until": "2028-01-01", **REASON}
PERSON = {"subject": "anna", "name": "Anna", "email": "anna@example.org", "language": "nl"}


def vetted(address: str, status: int, **sent: Any) -> Door:
    """A door to somebody who holds no office: administrators of any centre vet them."""
    return Door(address, {status: ADMINISTRATORS}, sent=sent)


def everywhere(address: str, **sent: Any) -> Door:
    """A door for administrators appointed everywhere, which none of the visitors is."""
    return Door(address, {403: ADMINISTRATORS}, sent=sent)


PEOPLE: dict[str, Door] = {
    "GET /admin/people": vetted("/admin/people", 200),
    "POST /admin/people": vetted("/admin/people", 303, data=PERSON | {"institution": "{institution}"}),
    "GET /admin/people/{subject}": vetted("/admin/people/{subject}", 200),
    "POST /admin/people/{subject}/identity": vetted(
        "/admin/people/{subject}/identity", 303, data={"document": "passport", "valid_through": "2099-01-01"}
    ),
    "POST /admin/people/{subject}/employment": vetted(
        "/admin/people/{subject}/employment", 303, data={"confirmed_by": "P.", "valid_through": "2099-01-01"}
    ),
    "POST /admin/people/{subject}/certificate": vetted(
        "/admin/people/{subject}/certificate",
        303,
        data={"certificate": "C", "issued": "2026-01-01", "valid_through": "2099-01-01"},
    ),
    "POST /admin/people/{subject}/evidence/{evidence_id}/retract": vetted(
        "/admin/people/{subject}/evidence/{evidence}/retract", 303, data=REASON
    ),
    "POST /admin/people/{subject}/appointments": Door(
        "/admin/people/{subject}/appointments",
        {303: "administrator"},
        sent={"data": {"role": "checker", "centre": "heerlen"}},
    ),
    "POST /admin/people/{subject}/appointments/{appointment_id}/end": Door(
        "/admin/people/checker/appointments/{appointment}/end", {303: "administrator"}, sent={"data": {}}
    ),
    "POST /admin/people/{subject}/suspend": vetted("/admin/people/{subject}/suspend", 303, data=REASON),
    "POST /admin/people/{subject}/reinstate": vetted("/admin/people/suspended/reinstate", 303, data=REASON),
    "GET /admin/institutions": vetted("/admin/institutions", 200),
    "POST /admin/institutions": everywhere("/admin/institutions", data=AUTHORISED | {"name": "Venlo"}),
    "GET /admin/institutions/{institution_id}": vetted("/admin/institutions/{institution}", 200),
    "POST /admin/institutions/{institution_id}/authorise": everywhere(
        "/admin/institutions/{institution}/authorise", data=AUTHORISED
    ),
    "POST /admin/institutions/{institution_id}/end": everywhere(
        "/admin/institutions/{institution}/end", data=REASON
    ),
    "POST /admin/centres": everywhere("/admin/centres", data={"name": "Venlo", "slug": "venlo"}),
    "POST /admin/centres/{slug}/municipalities": everywhere(
        "/admin/centres/heerlen/municipalities", data={"code": "GM0983", "name": "Venlo"}
    ),
    "GET /api/people": vetted("/api/people", 200),
    "POST /api/people": vetted("/api/people", 201, json=PERSON | {"institution": 1}),
    "GET /api/people/{subject}": vetted("/api/people/{subject}", 200),
    "POST /api/people/{subject}/evidence": vetted("/api/people/{subject}/evidence", 201, json=ASSERTED),
    "POST /api/people/{subject}/evidence/{number}/retraction": vetted(
        "/api/people/{subject}/evidence/{evidence}/retraction", 201, json=REASON
    ),
    "POST /api/people/{subject}/appointments": Door(
        "/api/people/{subject}/appointments",
        {201: "administrator"},
        sent={"json": {"role": "checker", "centre": "heerlen"}},
    ),
    "POST /api/people/{subject}/appointments/{number}/end": Door(
        "/api/people/checker/appointments/{appointment}/end", {200: "administrator"}
    ),
    "POST /api/people/{subject}/suspension": vetted("/api/people/{subject}/suspension", 201, json=REASON),
    "POST /api/people/{subject}/suspension/end": vetted(
        "/api/people/suspended/suspension/end", 200, json=REASON
    ),
    "GET /api/institutions": vetted("/api/institutions", 200),
    "POST /api/institutions": everywhere("/api/institutions", json=AUTHORISED | {"name": "Venlo"}),
    "POST /api/institutions/{number}/authorisations": everywhere(
        "/api/institutions/{institution}/authorisations", json=AUTHORISED
    ),
    "POST /api/institutions/{number}/authorisations/end": everywhere(
        "/api/institutions/{institution}/authorisations/end", json=REASON
    ),
    "GET /api/centres": vetted("/api/centres", 200),
    "POST /api/centres": everywhere("/api/centres", json={"name": "Venlo", "slug": "venlo"}),
    "POST /api/centres/{slug}/municipalities": everywhere(
        "/api/centres/heerlen/municipalities", json={"code": "GM0983", "name": "Venlo"}
    ),
    "GET /me": session("/me"),
    "GET /me/statement": session("/me/statement"),
    "POST /me/statement": session(
        "/me/statement", 409, data={"version": "1", "language": "nl", "agreed": "yes"}
    ),
    "GET /api/statement": session("/api/statement"),
    "POST /api/statement/signature": session(
        "/api/statement/signature", 409, json={"version": 1, "language": "nl", "agreed": True}
    ),
    "GET /training": session("/training"),
    "GET /training/lessons/{slug}": session("/training/lessons/incidents"),
    "POST /training/attempts": session("/training/attempts", 303),
    "GET /training/attempts/{number}": Door("/training/attempts/{attempt}", {200: "author"}, 404),
    "POST /training/attempts/{number}": Door(
        "/training/attempts/{attempt}", {422: "author"}, 404, {"data": {}}
    ),
    "GET /api/training": session("/api/training"),
    "POST /api/training/attempts": session("/api/training/attempts", 201),
    "POST /api/training/attempts/{number}": Door(
        "/api/training/attempts/{attempt}", {422: "author"}, 404, {"json": {"answers": []}}
    ),
}
TABLE: dict[str, Door] = WEB | LOGIN | REQUESTS | REVIEW | GOVERNING | PEOPLE | MACHINES
