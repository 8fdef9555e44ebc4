"""Releasing: the service computes everything once more, writes the files itself, and binds them to a signed record.

Why recompute, when the approved verdict is stored? Because then nothing that happened between check and release can
matter: altered microdata, an altered verdict, query or policy all make the two differ, and then nothing is released.
What is written is the table that people approved; the second one only has to agree with it.

The files come first, called by their content, so that a killed release leaves nothing that a later one would not
write again; then everything else is one transaction that only an approved request can pass.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.audit.chain import canonical
from api.audit.export import keep_head
from api.audit.service import SYSTEM, record
from api.db import Database, now
from api.errors import ConflictError
from api.files import move_into_place, write_aside
from api.release.account import WrittenFile, account_of
from api.release.columns import codes_of
from api.release.formats import files_of
from api.release.models import LedgerEntry, Release, ReleasedFile
from api.release.record import sha256, sign
from api.requests.differences import same_table
from api.requests.judging import judge_all
from api.requests.models import Output, OutputRequest, RequestState
from api.requests.service import move
from api.requests.verdicts import check_unaltered, verdict_of
from api.secrets import SecretStore
from api.settings import Settings
from output_checker.text import Language, Text
from output_checker.verdict import Outcome, Verdict

RELEASED = Text("De dienst heeft de bestanden vrijgegeven.", "The service released the files.")
NOT_REPRODUCED = Text(
    "De dienst kon de goedgekeurde tabel niet opnieuw zo berekenen; daarom is niets vrijgegeven. Dien opnieuw in.",
    "The service could not compute the approved table again as it was; therefore nothing was released. Submit again.",
)
NOT_WRITTEN = Text(
    "De bestanden konden niet worden geschreven door een storing bij ons; dien opnieuw in.",
    "The files could not be written because of a failure on our side; submit again.",
)


def write_release(database: Database, settings: Settings, secrets: SecretStore, request_id: int) -> None:
    """Release an approved request; any other request is left as it is.

    When the approved table cannot be computed again as it was, the request is returned instead.
    """
    with database.reading() as session:
        request = session.get_one(OutputRequest, request_id)
        row_version = request.row_version
        if request.state is not RequestState.APPROVED:
            return
        files = _write_files(settings, request) if _is_reproduced(settings, request) else []
    with database.transaction() as session:
        request = session.get_one(OutputRequest, request_id)
        if request.row_version != row_version:
            return
        if files:
            _enter(session, request, files, secrets)
        else:
            move(session, request, RequestState.RETURNED, SYSTEM, NOT_REPRODUCED)
    # After the commit: a head of records that were never committed would cry wolf for ever.
    with database.reading() as session:
        keep_head(session, settings, secrets)


def give_up_release(session: Session, request_id: int) -> None:
    """Return a request that keeps failing to be released to its author, who is told that it is our fault."""
    request = session.get_one(OutputRequest, request_id)
    if request.state is RequestState.APPROVED:
        move(session, request, RequestState.RETURNED, SYSTEM, NOT_WRITTEN)


def _is_reproduced(settings: Settings, request: OutputRequest) -> bool:
    try:
        check_unaltered(request)
    except ConflictError:
        return False
    again = judge_all(settings, request).verdicts
    return bool(again) and all(_agrees(output, again[output.id]) for output in request.outputs)


def _agrees(output: Output, again: Verdict) -> bool:
    approved = verdict_of(output)
    return (
        approved is not None and again.outcome is not Outcome.FAIL and same_table(approved.table, again.table)
    )


def _write_files(settings: Settings, request: OutputRequest) -> list[WrittenFile]:
    directory = settings.directory("releases")
    language: Language = "en" if request.author.language == "en" else "nl"
    written = []
    for output in request.outputs:
        for file in files_of(output, language):
            digest = sha256(file.content)
            move_into_place(write_aside(directory, [file.content]), directory / digest)
            written.append(WrittenFile(output.id, file.name, file.media_type, digest, len(file.content)))
    return written


def _approved(output: Output) -> Verdict:
    return Verdict.model_validate(output.verdict)


def _enter(session: Session, request: OutputRequest, files: list[WrittenFile], secrets: SecretStore) -> None:
    moment = now()
    text = canonical(account_of(session, request, files, moment))
    release = Release(
        request=request,
        record=text,
        record_sha256=sha256(text.encode()),
        signature=sign(text, secrets.audit_key()),
        released_at=moment,
    )
    release.files = [
        ReleasedFile(
            output_id=file.output_id,
            name=file.name,
            media_type=file.media_type,
            sha256=file.sha256,
            size=file.size,
        )
        for file in files
    ]
    session.add(release)
    session.flush()
    session.add_all(entry for output in request.outputs for entry in _entries(release, output))
    move(session, request, RequestState.RELEASED, SYSTEM, RELEASED)
    facts = {"record_sha256": release.record_sha256, "files": [file.sha256 for file in files]}
    record(
        session, SYSTEM, "release.write", f"request:{request.number}", "approved by output checkers", **facts
    )


def _entries(release: Release, output: Output) -> list[LedgerEntry]:
    table = _approved(output).table
    return [
        LedgerEntry(
            release_id=release.id,
            output_id=output.id,
            dataset_version_id=output.dataset_version_id,
            query_digest=output.query_digest,
            cell=canonical(codes_of(table, cell)),
            value=cell.value,
            units=cell.units,
        )
        for cell in table.cells
    ]
