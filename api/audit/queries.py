"""Reading the audit: searching it page by page, and the state of the chain, for auditors."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, literal, or_, select
from sqlalchemy.orm import Session

from api.access.models import Grant, Project, Sandbox
from api.audit.chain import GENESIS, BrokenLink
from api.audit.export import links
from api.audit.heads import SignedHead
from api.audit.models import AuditRecord
from api.audit.verify import verify_chain
from api.db import LARGEST_INTEGER
from api.people.models import Person
from api.requests.models import OutputRequest

PAGE = 50


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; `words` may stand anywhere in a person's name or in the record itself.

    `who` is a subject, or part of a person's name. `action` and `subject` match from their beginning ("request." finds
    "request.submit"). `project` is the slug of a project: what is about it, its requests, grants and sandboxes.
    `since` counts, `until` not.
    """

    words: str = ""
    who: str = ""
    project: str = ""
    actor: str | None = None
    action: str = ""
    subject: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as people read it; `who` is the name of the actor, None for the service itself."""

    seq: int
    at: dt.datetime
    actor: str | None
    who: str | None
    acting_as: str
    action: str
    subject: str
    because: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; `older` and `newer` are what to give `search` as `before` or `after` for the next page."""

    entries: list[Entry]
    older: int | None
    newer: int | None


def search(
    session: Session, what: Search, *, before: int | None = None, after: int | None = None, size: int = PAGE
) -> Page:
    """Return the newest entries that match, or those right before record `before`, or right after record `after`."""
    query = _matching(what)
    if after is not None:
        ascending = (
            query.where(AuditRecord.seq > min(after, LARGEST_INTEGER)).order_by(AuditRecord.seq).limit(size)
        )
        rows = list(session.execute(ascending))[::-1]
    else:
        bound = LARGEST_INTEGER if before is None else min(before, LARGEST_INTEGER)
        descending = query.where(AuditRecord.seq < bound).order_by(AuditRecord.seq.desc())
        rows = list(session.execute(descending.limit(size)))
    entries = [_entry(record, name) for record, name in rows]
    if not entries:
        return Page([], None, None)
    return Page(
        entries,
        older=entries[-1].seq if _exists(session, query, AuditRecord.seq < entries[-1].seq) else None,
        newer=entries[0].seq if _exists(session, query, AuditRecord.seq > entries[0].seq) else None,
    )


def _exists(session: Session, query: Select[AuditRecord, str], where: ColumnElement[bool]) -> bool:
    return session.execute(query.where(where).limit(1)).first() is not None


def _matching(what: Search) -> Select[AuditRecord, str]:
    query = select(AuditRecord, Person.name).join(Person, Person.subject == AuditRecord.actor, isouter=True)
    tests: list[ColumnElement[bool]] = []
    if what.words:
        fields = (Person.name, AuditRecord.document)
        tests.append(or_(*(field.icontains(what.words, autoescape=True) for field in fields)))
    if what.who:
        named = Person.name.icontains(what.who, autoescape=True)
        tests.append(or_(AuditRecord.actor == what.who, named))
    if what.project:
        tests.append(_about_project(what.project))
    if what.actor is not None:
        tests.append(AuditRecord.actor == what.actor)
    if what.action:
        tests.append(AuditRecord.action.startswith(what.action, autoescape=True))
    if what.subject:
        tests.append(AuditRecord.subject.startswith(what.subject, autoescape=True))
    if what.since is not None:
        tests.append(AuditRecord.at >= what.since)
    if what.until is not None:
        tests.append(AuditRecord.at < what.until)
    return query.where(*tests)


def _about_project(slug: str) -> ColumnElement[bool]:
    """What is about a project in itself, or about something that belongs to it."""
    of_project = select(Project.id).where(Project.slug == slug).scalar_subquery()
    grants = select(Grant.id).where(Grant.project_id == of_project)
    belonging = (
        select(literal("request:") + OutputRequest.number).where(OutputRequest.project_id == of_project),
        select(literal("grant:") + cast(Grant.id, String)).where(Grant.project_id == of_project),
        select(literal("sandbox:") + Sandbox.id).where(Sandbox.grant_id.in_(grants)),
    )
    return or_(
        AuditRecord.subject == f"project:{slug}",
        *(AuditRecord.subject.in_(subjects) for subjects in belonging),
    )


def _entry(record: AuditRecord, name: str | None) -> Entry:
    told = json.loads(record.document)
    return Entry(
        seq=record.seq,
        at=record.at,
        actor=record.actor,
        who=name,
        acting_as=record.acting_as,
        action=record.action,
        subject=record.subject,
        because=told["because"],
        details=told["details"],
    )


@dataclass(frozen=True, slots=True)
class ChainState:
    """How long the chain is, the hash of its last record, and its first broken link (None: it holds)."""

    length: int
    head: str
    broken: BrokenLink | None


def state_of_chain(session: Session, kept_heads: Sequence[SignedHead] = ()) -> ChainState:
    """Verify the whole chain in the database, and against heads kept from before."""
    chain = list(links(session))
    return ChainState(len(chain), chain[-1].hash if chain else GENESIS, verify_chain(chain, kept_heads))
