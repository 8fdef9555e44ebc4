"""Who may what at every address of the application: the table that the sweep holds each answer against.

A route without a line here, in of_requests.py or in of_offices.py fails the sweep.
"""

from __future__ import annotations

from tests.api.sweep.doors import ADMINISTRATORS, QUERY, Door, anybody, bearer, session
from tests.api.sweep.of_applications import APPLICATIONS
from tests.api.sweep.of_budgets import BUDGETS
from tests.api.sweep.of_offices import ENDING, GOVERNING, PEOPLE
from tests.api.sweep.of_requests import REQUESTS, REVIEW

EMPTY = {
    "person": "", "files": 0, "directories": 0, "links": 0, "others": 0, "bytes": 0, "sha256": "",
}  # fmt: skip
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
    "POST /auth/backchannel-logout": anybody("/auth/backchannel-logout", 422),
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
        "/admin/logins/researcher/invitation", {200: "administrator"}
    ),
    "POST /admin/logins/{subject}/end": Door("/admin/logins/researcher/end", {303: ADMINISTRATORS}),
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
    "POST /internal/hub/logins": bearer(
        "/internal/hub/logins", "hub", 200, json={"subject": "nobody", "logins": []}
    ),
    "POST /internal/hub/alive": bearer("/internal/hub/alive", "hub", 200, json={"sandboxes": []}),
    "POST /internal/hub/removals": bearer("/internal/hub/removals", "hub", 200),
    "POST /internal/hub/removals/counted": bearer(
        "/internal/hub/removals/counted", "hub", 404, json={"project": "none", "total": EMPTY, "homes": []}
    ),
    "POST /internal/hub/removals/removed": bearer(
        "/internal/hub/removals/removed", "hub", 404, json={"project": "none"}
    ),
    "POST /internal/hub/removals/failed": bearer(
        "/internal/hub/removals/failed", "hub", 404, json={"project": "none", "why": "full", "kept": 1}
    ),
    "POST /internal/hub/stopped": bearer("/internal/hub/stopped", "hub", 204, json={"sandbox": "none"}),
}

TABLE: dict[str, Door] = (
    WEB | LOGIN | REQUESTS | REVIEW | ENDING | GOVERNING | APPLICATIONS | BUDGETS | PEOPLE | MACHINES
)
