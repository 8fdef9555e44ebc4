"""The account of a release: what the signed record tells. No figure from microdata, no evidence, no comment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit.models import AuditRecord
from api.release.noise import complete_manifest
from api.release.record import FORMAT
from api.requests.documents import context_now
from api.requests.models import Output, OutputRequest
from api.requests.verdicts import digest_of, known_verdict_of, noisy_answer_of, verdict_digest
from api.review.service import reviews_of_round
from api.review.settling import decider, is_approved_by_policy

_OF_A_FILE = {"name", "kind", "sha256", "size", "leaves", "leaves_size"}


@dataclass(frozen=True)
class WrittenFile:
    """A file in the releases directory, under its sha256; `size` in bytes, `position` that of its output."""

    output_id: int
    position: int
    name: str
    media_type: str
    sha256: str
    size: int


def outputs_of(session: Session, request: OutputRequest) -> list[dict[str, Any]]:
    """Return what the record tells of the outputs of an approved request: it takes the whole of them to be read."""
    return [_output(output) | _noise(session, output) for output in request.outputs]


def account_of(
    session: Session,
    request: OutputRequest,
    outputs: Sequence[dict[str, Any]],
    files: Sequence[WrittenFile],
    at: dt.datetime,
) -> dict[str, Any]:
    """Return the record of the release of `request` at `at`, bound to the audit chain as it was just before.

    `outputs` is what `outputs_of` returned.
    """
    project = request.project
    reviews = reviews_of_round(session, request)
    return {
        "format": FORMAT,
        "released_at": at.isoformat(),
        "request": {"number": request.number, **context_now(request)},
        "project": {"slug": project.slug, "title": {"nl": project.title_nl, "en": project.title_en}},
        "centre": project.centre.slug,
        "author": request.author.subject,
        "round": request.round,
        "outputs": list(outputs),
        "reviews": [
            {
                "by": review.checker.subject,
                "decision": review.decision,
                "votes": [
                    {"output": vote.output.position, "decision": vote.decision} for vote in review.votes
                ],
                "at": review.created_at.isoformat(),
            }
            for review in reviews
        ],
        **({"decided_by": decider(session, request)} if is_approved_by_policy(request) else {}),
        "files": [_file(file) for file in files],
        "audit": _head(session),
    }


def _output(output: Output) -> dict[str, Any]:
    verdict = known_verdict_of(output)
    return {
        "position": output.position,
        "title": output.title,
        "query": _without_code(output.query),
        "own": [
            {"name": own.name, "type": own.type, "sha256": own.sha256, "code_sha256": own.code_sha256}
            for own in verdict.own
        ],
        "query_digest": output.query_digest,
        "dataset": verdict.dataset.model_dump(),
        "policy": verdict.policy.model_dump(),
        "outcome": verdict.outcome,
        "findings": [
            {"rule": finding.rule, "outcome": finding.outcome, "cells": len(finding.cells)}
            for finding in verdict.findings
        ],
        "cells": len(verdict.table.cells),
        **({"file": verdict.file.model_dump(include=_OF_A_FILE)} if verdict.file else {}),
        "verdict_sha256": verdict_digest(output),
    }


def _noise(session: Session, output: Output) -> dict[str, Any]:
    """How an answer was made private, and the digest of all of it; nothing where there is no noise."""
    answer = noisy_answer_of(output)
    if answer is None:
        return {}
    told = {"answer_sha256": digest_of(answer.model_dump(mode="json"))}
    manifest = complete_manifest(session, output, answer)
    return {"noise": told | {"manifest": manifest.model_dump(mode="json")}}


def _without_code(query: dict[str, Any]) -> dict[str, Any]:
    """A query whose own variables are told without the text of the programs that made them: text is a channel.

    The query of a figure holds that of its table.
    """
    kept = dict(query)
    if isinstance(kept.get("own"), dict):
        kept["own"] = {
            name: {field: said for field, said in own.items() if field != "code"}
            for name, own in kept["own"].items()
        }
    return {
        name: _without_code(said) if isinstance(said, dict) and name != "own" else said
        for name, said in kept.items()
    }


def _file(file: WrittenFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "media_type": file.media_type,
        "sha256": file.sha256,
        "size": file.size,
        "output": file.position,
    }


def _head(session: Session) -> dict[str, Any]:
    # There is one: an approval was recorded before this.
    last = session.scalars(select(AuditRecord).order_by(AuditRecord.seq.desc()).limit(1)).one()
    return {"seq": last.seq, "hash": last.hash}
