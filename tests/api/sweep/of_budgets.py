"""Who may what about privacy budgets: they belong to populations, so stewards and administrators of every centre."""

from __future__ import annotations

from tests.api.sweep.doors import ADMINISTRATORS, REASON, Door, bearer

STEWARDS = "steward foreign_steward"
READERS = f"{ADMINISTRATORS} {STEWARDS} auditor"
DECIDERS = f"{ADMINISTRATORS} foreign_steward"
OPENED = {"name": "dwellings", "title": "Dwellings"}
MEMBER = {"dataset": "people", "unit": "person"}
LESS = {"scope": "project:minimum-incomes", **REASON}

BUDGETS: dict[str, Door] = {
    "GET /budgets": Door("/budgets", {200: READERS}),
    "POST /budgets": Door("/budgets", {303: STEWARDS}, sent={"data": OPENED}),
    "GET /budgets/{name}": Door("/budgets/persons", {200: READERS}),
    # The data is of the population already: who may say so is told that.
    "POST /budgets/{name}/datasets": Door(
        "/budgets/persons/datasets", {409: STEWARDS}, sent={"data": MEMBER}
    ),
    "POST /budgets/{name}/datasets/{number}": Door(
        "/budgets/persons/datasets/{member}",
        {409: f"{ADMINISTRATORS} foreign_steward", 403: "steward auditor"},
        sent={"data": {"decision": "confirm"}},
    ),
    "POST /budgets/{name}/totals": Door(
        "/budgets/persons/totals", {303: STEWARDS}, sent={"data": LESS | {"rho": "0,5"}}
    ),
    # A steward proposed it: everybody else who decides may confirm.
    "POST /budgets/{name}/totals/{number}": Door(
        "/budgets/persons/totals/{more}",
        {303: DECIDERS, 403: "steward auditor"},
        sent={"data": {"decision": "confirm"}},
    ),
    "GET /api/budgets": Door("/api/budgets", {200: READERS}),
    "POST /api/budgets": Door("/api/budgets", {201: STEWARDS}, sent={"json": OPENED}),
    "GET /api/budgets/{name}": Door("/api/budgets/persons", {200: READERS}),
    "POST /api/budgets/{name}/datasets": Door(
        "/api/budgets/persons/datasets", {409: STEWARDS}, sent={"json": MEMBER}
    ),
    "POST /api/budgets/{name}/datasets/{number}": Door(
        "/api/budgets/persons/datasets/{member}",
        {409: f"{ADMINISTRATORS} foreign_steward", 403: "steward auditor"},
        sent={"json": {"confirm": True}},
    ),
    "POST /api/budgets/{name}/totals": Door(
        "/api/budgets/persons/totals", {201: STEWARDS}, sent={"json": LESS | {"nano_rho": 5}}
    ),
    "POST /api/budgets/{name}/totals/{number}": Door(
        "/api/budgets/persons/totals/{more}",
        {200: DECIDERS, 403: "steward auditor"},
        sent={"json": {"confirm": True}},
    ),
    "GET /sandbox/budgets": bearer("/sandbox/budgets", "sandbox", 200),
}
