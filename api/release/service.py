"""Releasing: the service computes everything once more, writes the files itself, and binds them to a signed record.

Why recompute, when the approved verdict is stored? Because then nothing that happened between check and release can
matter: altered microdata, an altered verdict, query or policy all make the two differ, and then nothing is released.
What is written is the table that people approved; the second one only has to agree with it. A file was not computed:
of it leave the very bytes that people approved, proven by their hash, or nothing.

The files come first, called by their content, so that a killed release leaves nothing that a later one would not
write again; then everything else is one transaction that only an approved request can pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from api.access.policies import policy_of
from api.audit.chain import canonical
from api.audit.export import keep_head
from api.audit.service import SYSTEM, record
from api.db import Database, now
from api.errors import ConflictError
from api.files import move_into_place, write_aside
from api.inspection.leaving import approved_bytes, file_of
from api.release.account import WrittenFile, account_of, outputs_of
from api.release.columns import codes_of
from api.release.formats import OutputFile, files_of
from api.release.models import LedgerEntry, Release, ReleasedFile
from api.release.noise import JSON, complete_manifest, noise_file
from api.release.record import sha256, sign
from api.requests.differences import same_table
from api.requests.earlier import Compared, compare_with_earlier
from api.requests.judging import judge_all
from api.requests.models import Output, OutputRequest, RequestState
from api.requests.service import move
from api.requests.verdicts import check_unaltered, known_verdict_of, noisy_answer_of, verdict_of
from api.review.afterwards import draw
from api.review.settling import (
    give_to_people,
    is_approved_by_policy,
    is_up_to_date,
    why_it_cannot_stand,
    words_of,
)
from api.secrets import SecretStore
from api.settings import Settings
from output_checker.text import Language, Text
from output_checker.verdict import Outcome, Verdict

BY_PEOPLE = "approved by output checkers"
RELEASED = Text("De dienst heeft de bestanden vrijgegeven.", "The service released the files.")
NOT_REPRODUCED = Text(
    "De dienst kon de goedgekeurde tabel niet opnieuw zo berekenen; daarom is niets vrijgegeven. Dien opnieuw in.",
    "The service could not compute the approved table again as it was; therefore nothing was released. Submit again.",
)
FILE_ALTERED = Text(
    "Een goedgekeurd bestand is niet meer wat is nagekeken; daarom is niets vrijgegeven. Dien opnieuw in.",
    "An approved file is no longer what was inspected; therefore nothing was released. Submit again.",
)
NOT_WRITTEN = Text(
    "De bestanden konden niet worden geschreven door een storing bij ons; dien opnieuw in.",
    "The files could not be written because of a failure on our side; submit again.",
)


@dataclass(frozen=True)
class Made:
    """What a release is made of: verdicts of now by output id, and files (none: they differ from what was approved).

    `outputs` is what its record tells of them, and `numbers` are the columns of a LedgerEntry for each number, but that of
    the release: there may be hundreds of thousands, and others wait while a release is entered. `compared` is what earlier
    outputs raise, where only a policy approved.
    """

    request_id: int
    row_version: int
    again: Mapping[int, Verdict]
    files: Sequence[WrittenFile]
    outputs: Sequence[dict[str, Any]]
    numbers: Sequence[Mapping[str, Any]]
    compared: Compared | None
    obstacle: Text | None = None


def write_release(database: Database, settings: Settings, secrets: SecretStore, request_id: int) -> None:
    """Release an approved request; any other request is left as it is.

    When the approved table cannot be computed again as it was, the request is returned instead. What only a policy
    approved goes to people when its approval does not stand any more.
    """
    while (made := _make(database, settings, request_id)) and not _conclude(database, secrets, made):
        # Something else left while this was made: compared with that, it may not leave unseen.
        continue
    if made is None:
        return
    # After the commit: a head of records that were never committed would cry wolf for ever.
    with database.reading() as session:
        keep_head(session, settings, secrets)


def _make(database: Database, settings: Settings, request_id: int) -> Made | None:
    """Write the files of an approved request, and compare with what left before where nobody saw it."""
    with database.reading() as session:
        request = session.get_one(OutputRequest, request_id)
        if request.state is not RequestState.APPROVED:
            return None
        again = _again(settings, request)
        obstacle = _obstacle(settings, request, again)
        files = [] if obstacle else _write_files(session, settings, request)
        unseen = bool(files) and is_approved_by_policy(request)
        compared = compare_with_earlier(session, settings, request) if unseen else None
        outputs = outputs_of(session, request) if files else []
        numbers = [one for output in request.outputs for one in _numbers(output)] if files else []
        return Made(request.id, request.row_version, again or {}, files, outputs, numbers, compared, obstacle)


def _conclude(database: Database, secrets: SecretStore, made: Made) -> bool:
    """Enter a release, or take the step that it cannot be one; False when it must be compared anew."""
    with database.transaction() as session:
        request = session.get_one(OutputRequest, made.request_id)
        if request.row_version != made.row_version:
            return True
        if not made.files:
            move(session, request, RequestState.RETURNED, SYSTEM, made.obstacle or NOT_REPRODUCED)
            return True
        if made.compared is None:
            _enter(session, request, made, secrets)
            return True
        if not is_up_to_date(session, request, made.compared):
            return False
        if reasons := why_it_cannot_stand(session, request, made.again, made.compared):
            give_to_people(session, request, reasons)
        else:
            draw(session, _enter(session, request, made, secrets))
        return True


def give_up_release(session: Session, request_id: int) -> None:
    """Return a request that keeps failing to be released to its author, who is told that it is our fault."""
    request = session.get_one(OutputRequest, request_id)
    if request.state is RequestState.APPROVED:
        move(session, request, RequestState.RETURNED, SYSTEM, NOT_WRITTEN)


def _obstacle(settings: Settings, request: OutputRequest, again: Mapping[int, Verdict] | None) -> Text | None:
    """Return why what was approved cannot leave, or None when it can; `again` are the verdicts of now on tables."""
    if any(approved_bytes(settings, output) is None for output in request.outputs if output.is_file):
        return FILE_ALTERED
    return None if _is_reproduced(request, again) else NOT_REPRODUCED


def _again(settings: Settings, request: OutputRequest) -> Mapping[int, Verdict] | None:
    """Judge the tables of a request once more, by output id; None when what was approved is not there as it was."""
    try:
        check_unaltered(request)
    except ConflictError:
        return None
    return judge_all(settings, request, _tables(request)).verdicts


def _is_reproduced(request: OutputRequest, again: Mapping[int, Verdict] | None) -> bool:
    tables = _tables(request)
    return (
        again is not None
        and len(again) == len(tables)
        and all(_agrees(output, again[output.id]) for output in tables)
    )


def _tables(request: OutputRequest) -> list[Output]:
    """What is computed once more: of a noisy answer that would be another one, which nobody paid for."""
    return [output for output in request.outputs if not output.is_file and output.charge is None]


def _agrees(output: Output, again: Verdict) -> bool:
    approved = verdict_of(output)
    return (
        approved is not None and again.outcome is not Outcome.FAIL and same_table(approved.table, again.table)
    )


def _write_files(session: Session, settings: Settings, request: OutputRequest) -> list[WrittenFile]:
    directory = settings.directory("releases")
    language: Language = "en" if request.author.language == "en" else "nl"
    written = []
    for output in request.outputs:
        for file in _leaving(session, settings, output, language):
            digest = sha256(file.content)
            move_into_place(write_aside(directory, [file.content]), directory / digest)
            written.append(
                WrittenFile(output.id, output.position, file.name, file.media_type, digest, len(file.content))
            )
    return written


def _leaving(
    session: Session, settings: Settings, output: Output, language: Language
) -> Iterator[OutputFile]:
    if output.is_file:
        yield file_of(settings, output)
        return
    yield from files_of(output, language)
    if answer := noisy_answer_of(output):
        name = f"{output.request.number}-{output.position}.noise.json"
        yield OutputFile(name, JSON, noise_file(answer, complete_manifest(session, output, answer)))


def _enter(session: Session, request: OutputRequest, made: Made, secrets: SecretStore) -> Release:
    files, moment = made.files, now()
    text = canonical(account_of(session, request, made.outputs, files, moment))
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
    if made.numbers:
        session.execute(insert(LedgerEntry), [{**one, "release_id": release.id} for one in made.numbers])
    move(session, request, RequestState.RELEASED, SYSTEM, RELEASED)
    facts = {"record_sha256": release.record_sha256, "files": [file.sha256 for file in files]}
    by = words_of(policy_of(request.project)).en if is_approved_by_policy(request) else BY_PEOPLE
    record(session, SYSTEM, "release.write", f"request:{request.number}", by, **facts)
    return release


def _numbers(output: Output) -> Iterator[Mapping[str, Any]]:
    table, version = known_verdict_of(output).table, output.dataset_version_id
    for cell in table.cells:
        yield {
            "output_id": output.id,
            "dataset_version_id": version,
            "query_digest": output.query_digest,
            "cell": canonical(codes_of(table, cell)),
            "value": cell.value,
            "units": cell.units,
        }
