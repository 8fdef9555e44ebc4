"""Who may what about access, people and centres."""

from __future__ import annotations

from tests.api.sweep.doors import (
    ADMINISTRATORS,
    ARRANGEMENT,
    OFFICE,
    OVERSEERS,
    PROPOSAL,
    REASON,
    Door,
    everywhere,
    session,
    vetted,
)

ASSERTED = {"kind": "employment", "source": "P. Jansen", "valid_through": "2099-01-01"}
AUTHORISED = {"legal_basis": "B", "authorised_from": "2027-01-01", "authorised_until": "2028-01-01", **REASON}
PERSON = {"subject": "anna", "name": "Anna", "email": "anna@example.org", "language": "nl"}

NARROWER = {**REASON, "datasets": ["people"]}
AGAIN = {**REASON, "last_day": "2027-01-01"}
_OVER = {403: "auditor", 409: "administrator"}
"""Opening again what is not closed."""

ENDING: dict[str, Door] = {
    "GET /admin/projects": Door("/admin/projects", {200: f"{ADMINISTRATORS} auditor"}),
    "GET /admin/projects/{project}": Door("/admin/projects/{project}", {200: "administrator auditor"}, 404),
    "POST /admin/projects/{project}/close": Door(
        "/admin/projects/{project}/close", {303: "administrator", 403: "auditor"}, 404, {"data": REASON}
    ),
    "POST /admin/projects/{project}/reopen": Door(
        "/admin/projects/{project}/reopen", _OVER, 404, {"data": AGAIN}
    ),
    "POST /admin/projects/{project}/reopen/confirm": Door(
        "/admin/projects/{project}/reopen/confirm", _OVER, 404
    ),
    "POST /admin/projects/{project}/reopen/decline": Door(
        "/admin/projects/{project}/reopen/decline", _OVER, 404
    ),
    "GET /api/projects/{project}/closing": Door(
        "/api/projects/{project}/closing", {200: "administrator auditor"}, 404
    ),
    # There is none yet: those who may read it are told so, the others are told no more.
    "GET /api/projects/{project}/deletion": Door(
        "/api/projects/{project}/deletion", {404: "administrator auditor"}, 404
    ),
    "POST /api/projects/{project}/closing": Door(
        "/api/projects/{project}/closing", {201: "administrator", 403: "auditor"}, 404, {"json": REASON}
    ),
    "POST /api/projects/{project}/reopening": Door(
        "/api/projects/{project}/reopening", _OVER, 404, {"json": AGAIN}
    ),
    "POST /api/projects/{project}/reopening/confirm": Door(
        "/api/projects/{project}/reopening/confirm", _OVER, 404, {"json": {"proposal": 1}}
    ),
    "POST /api/projects/{project}/reopening/decline": Door(
        "/api/projects/{project}/reopening/decline", _OVER, 404
    ),
}
GOVERNING: dict[str, Door] = {
    "GET /admin/grants": Door("/admin/grants", {200: ADMINISTRATORS}),
    "GET /admin/grants/{grant_id}": Door("/admin/grants/{grant_id}", {200: "administrator"}, 404),
    "POST /admin/grants/{grant_id}/withdraw": Door(
        "/admin/grants/{grant_id}/withdraw", {303: "administrator"}, 404, {"data": REASON}
    ),
    # Its project sees one dataset, so that nothing can be left out of it: whoever administers is told so.
    "POST /admin/grants/{grant_id}/narrow": Door(
        "/admin/grants/{grant_id}/narrow", {422: "administrator"}, 404, {"data": NARROWER}
    ),
    "POST /api/grants/{grant_id}/narrowing": Door(
        "/api/grants/{grant_id}/narrowing", {422: "administrator"}, 404, {"json": NARROWER}
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
    "POST /audit/export": Door("/audit/export", {200: "auditor"}),
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
    "GET /api/centres/{slug}/looser": Door("/api/centres/heerlen/looser", {200: OFFICE}, 404),
    "POST /api/centres/{slug}/looser/{number}/confirm": Door(
        "/api/centres/heerlen/looser/{looser}/confirm",
        {201: "administrator steward", 403: "checker auditor"},
        404,
    ),
    "POST /api/centres/{slug}/looser/{number}/dismiss": Door(
        "/api/centres/heerlen/looser/{looser}/dismiss",
        {204: "administrator steward", 403: "checker auditor"},
        404,
    ),
}
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
    "GET /admin/leavers": vetted("/admin/leavers", 200),
    "POST /admin/people/{subject}/empty": everywhere("/admin/people/{subject}/empty", data=REASON),
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
    "GET /api/leavers": vetted("/api/leavers", 200),
    "POST /api/people/{subject}/emptying": everywhere("/api/people/{subject}/emptying", json=REASON),
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
