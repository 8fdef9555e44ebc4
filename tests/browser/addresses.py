"""Every page by a name: who looks at it (None: a visitor) and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.people.models import Person

if TYPE_CHECKING:
    from tests.browser.site import Site

Pages = dict[str, tuple[Person | None, str]]


def pages_of(site: Site) -> Pages:
    return {
        **_of_requests(site),
        **_of_review(site),
        **_of_access(site),
        **_of_people(site),
        **_of_logins(site),
    }


def _of_requests(site: Site) -> Pages:
    """Requests as their authors see them, and the way there."""
    world, numbers = site.flow.world, site.numbers
    return {
        "start of a visitor": (None, "/"),
        "start of a researcher": (world.researcher, "/"),
        "start of somebody without a role": (site.nobody, "/"),
        "open project": (world.researcher, "/projects"),
        "closed project": (site.newcomer, "/projects"),
        "requests": (world.researcher, "/requests"),
        "returned request": (world.researcher, f"/requests/{numbers['returned']}"),
        "draft": (world.researcher, f"/requests/{numbers['draft']}/draft"),
        "request under review": (world.researcher, f"/requests/{numbers['waiting']}"),
        "released request": (world.researcher, f"/requests/{numbers['released']}"),
        "rejected request": (world.researcher, f"/requests/{numbers['rejected']}"),
    }


def _of_review(site: Site) -> Pages:
    """What checkers work with, and what their centre arranged."""
    world, numbers = site.flow.world, site.numbers
    return {
        "queue": (world.checker, "/queue"),
        "empty queue with a notice": (world.foreign_checker, f"/queue?done={numbers['released']}"),
        "review": (world.checker, f"/review/{numbers['waiting']}"),
        "review of failing cells": (world.checker, f"/review/{numbers['returned']}"),
        "review of an own variable": (world.checker, f"/review/{numbers['own']}"),
        "request with an own variable": (world.researcher, f"/requests/{numbers['own']}"),
        "review of files": (world.checker, f"/review/{numbers['files']}"),
        "request with a refused file": (world.researcher, f"/requests/{numbers['refused file']}"),
        "decided review": (world.checker, f"/review/{numbers['released']}"),
        "centre": (world.checker, "/centre/heerlen"),
        "centres": (world.administrator, "/centre"),
        "who must see": (world.administrator, "/centre/heerlen/review"),
        "who must see, to confirm": (world.steward, "/centre/heerlen/review"),
        "rules": (world.checker, "/rules"),
        "budgets": (world.steward, "/budgets"),
        "budget": (world.steward, "/budgets/persons"),
        "budget, to confirm": (world.administrator, "/budgets/persons"),
        "review of noise": (world.checker, f"/review/{numbers['noise']}"),
        "cell with noise": (world.checker, f"/review/{numbers['noise']}/cells/1.1.1"),
        "released noise": (world.researcher, f"/requests/{numbers['released noise']}"),
        "public noise": (None, f"/public/{{language}}/{numbers['released noise']}"),
        "check afterwards": (world.checker, f"/review/{numbers['unseen']}"),
        "review of hidden cells": (world.checker, f"/review/{numbers['hidden']}"),
        "review of a hostile title": (world.checker, f"/review/{numbers['hostile']}"),
        "request with a hostile title": (world.researcher, f"/requests/{numbers['hostile']}"),
        "failing cell": (world.checker, f"/review/{numbers['returned']}/cells/1.1.1"),
        "cell with a hostile title": (world.checker, f"/review/{numbers['hostile']}/cells/1.1.1"),
        "table": (world.checker, f"/review/{numbers['returned']}/tables/1"),
        "marked rows of a table": (world.checker, f"/review/{numbers['waiting']}/tables/1?only=marked"),
        "revocation": (world.administrator, f"/requests/{numbers['released']}/revocation"),
    }


def _of_access(site: Site) -> Pages:
    """Who has access, what projects became of, and what is public of results."""
    world, numbers = site.flow.world, site.numbers
    return {
        "inbox": (world.researcher, "/inbox"),
        "public page by choice": (world.administrator, "/admin/publication"),
        "public results": (None, "/public/{language}"),
        "public result": (None, f"/public/{{language}}/{numbers['released']}"),
        "revoked public result": (None, f"/public/{{language}}/{numbers['revoked']}"),
        "grants": (world.administrator, "/admin/grants"),
        "grant": (world.administrator, f"/admin/grants/{world.grant.id}"),
        "how projects stand": (world.auditor, "/admin/projects"),
        "project to close": (world.administrator, "/admin/projects/minimum-incomes"),
        "project that may open again": (world.second_administrator, "/admin/projects/closed"),
        "project of which something is stuck": (world.administrator, "/admin/projects/stuck"),
        "deleted project": (world.auditor, "/admin/projects/deleted"),
    }


def _of_people(site: Site) -> Pages:
    """People, what they learn, and the projects that they apply for."""
    world, numbers = site.flow.world, site.numbers
    return {
        "people": (world.administrator, "/admin/people"),
        "people who left": (world.administrator, "/admin/leavers"),
        "person": (world.administrator, "/admin/people/checker"),
        "institutions": (world.administrator, "/admin/institutions"),
        "institution": (world.administrator, f"/admin/institutions/{world.researcher.institution_id}"),
        "own file": (world.checker, "/me"),
        "own file of a newcomer": (site.newcomer, "/me"),
        "statement to sign": (site.newcomer, "/me/statement"),
        "training": (site.newcomer, "/training"),
        "lesson": (site.newcomer, "/training/lessons/differencing"),
        "test": (site.newcomer, f"/training/attempts/{numbers['test']}"),
        "failed test": (world.researcher, f"/training/attempts/{numbers['failed test']}"),
        "applications": (world.researcher, "/applications"),
        "applications of a centre": (world.second_administrator, "/applications"),
        "new application": (world.researcher, "/applications/new"),
        "application in words": (world.researcher, f"/applications/{numbers['drafted']}/words"),
        "application as a draft": (world.researcher, f"/applications/{numbers['drafted']}"),
        "application that came back": (world.researcher, f"/applications/{numbers['came back']}"),
        "application to decide about": (world.steward, f"/applications/{numbers['applied']}"),
        "change to decide about": (
            world.second_administrator,
            f"/applications/{numbers['change']}",
        ),
        "change of a project": (world.researcher, f"/applications/{numbers['approved']}/change"),
    }


def _of_logins(site: Site) -> Pages:
    """Logins, the audit, and what is refused."""
    world = site.flow.world
    return {
        "logins": (world.administrator, "/admin/logins"),
        "logins of a person": (world.administrator, f"/admin/logins/{world.checker.subject}"),
        "own logins": (world.checker, "/account"),
        "own app": (world.checker, "/account/authenticator"),
        "own passkey": (world.checker, "/account/passkeys"),
        "own logins without a second factor": (world.second_checker, "/account"),
        "invitation": (None, site.invitation),
        "invitation that is over": (None, "/invitation/over"),
        "giving access": (world.second_administrator, "/admin/proposals"),
        "emergency access": (world.second_administrator, "/admin/emergencies"),
        "question about access": (world.administrator, "/access/explain"),
        "answer about access": (
            world.administrator,
            "/access/explain?person=newcomer&door=submit&project=minimum-incomes",
        ),
        "audit": (world.auditor, "/audit"),
        "audit without a match": (world.auditor, "/audit?search=nothing-of-the-kind"),
        "audit with a day that is none": (world.auditor, "/audit?since=yesterday"),
        "not found": (world.researcher, "/nowhere"),
        "not allowed": (world.researcher, "/audit"),
        "bad field": (world.researcher, "/requests?offset=-1"),
    }
