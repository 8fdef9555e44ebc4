"""Comments about a request: for everybody who may see it, or among checkers; about cells, if need be.

Comments of a round are blind like decisions: others read what a checker wrote once all have decided. The author reads
public comments only, and outside the enclave nobody but checkers is told which cells they are about: the place of a
cell that people stumbled on tells something of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit.service import Actor, record
from api.errors import InvalidError, NotAllowedError
from api.people.models import Person
from api.requests import words
from api.requests.models import Output, OutputRequest
from api.requests.verdicts import verdict_of
from api.review.models import Comment, MentionedCell, Reach
from api.review.permissions import user_can_review
from api.review.visibility import complete_rounds
from output_checker.text import Text

MOST_CELLS = 50


@dataclass(frozen=True)
class Mention:
    """A cell: the position of its output, its row and column (0-based, as in the verdict)."""

    output: int
    row: int
    column: int


def add_comment(
    session: Session,
    actor: Actor,
    request: OutputRequest,
    text: str,
    reach: Reach,
    mentions: Sequence[Mention] = (),
) -> Comment:
    """Store a comment of the author (always public) or of a checker of a request.

    Raises NotAllowedError (neither author nor checker; an author's comment for checkers only) or InvalidError (the
    words, or a cell that is not there).
    """
    person = _writer(session, actor, request, reach)
    comment = Comment(
        request=request,
        round=request.round,
        writer=person,
        reach=reach,
        text=words.context(text, "text") or _missing(),
        cells=_cells(request, mentions),
    )
    session.add(comment)
    session.flush()
    facts = {"reach": reach, "round": request.round, "comment": comment.id}
    record(session, actor, "review.comment", f"request:{request.number}", "author or output checker", **facts)
    return comment


def visible_comments(session: Session, person: Person, request: OutputRequest) -> list[Comment]:
    """Return the comments that `person` may read, oldest first.

    Their own, the author's, and those of checkers of rounds in which all have decided: checkers read all of these,
    others the public ones.
    """
    checks = user_can_review(session, person, request)
    complete = complete_rounds(request)
    comments = session.scalars(select(Comment).where(Comment.request_id == request.id).order_by(Comment.id))
    return [one for one in comments if _is_visible(one, person, checks, complete)]


def _is_visible(comment: Comment, person: Person, checks: bool, complete: int) -> bool:
    if person.id == comment.writer_id or comment.writer_id == comment.request.author_id:
        return True
    return comment.round <= complete and (checks or comment.reach is Reach.PUBLIC)


def _writer(session: Session, actor: Actor, request: OutputRequest, reach: Reach) -> Person:
    person = actor.person
    if person is not None and person.id == request.author_id and reach is Reach.PUBLIC:
        return person
    if person is not None and user_can_review(session, person, request):
        return person
    raise NotAllowedError(
        "not_commenting",
        Text(
            "Alleen de aanvrager en de outputcontroleurs schrijven hier; de aanvrager alleen openbaar.",
            "Only the author and the output checkers write here; the author only in public.",
        ),
    )


def _missing() -> str:
    raise InvalidError("no_text", Text("Schrijf eerst iets.", "Write something first."), field="text")


def _cells(request: OutputRequest, mentions: Sequence[Mention]) -> list[MentionedCell]:
    if len(mentions) > MOST_CELLS:
        raise InvalidError(
            "too_many_cells",
            Text(f"Noem hoogstens {MOST_CELLS} cellen.", f"Name {MOST_CELLS} cells at most."),
            field="cells",
        )
    outputs = {output.position: output for output in request.outputs}
    return [_cell(outputs.get(mention.output), mention) for mention in dict.fromkeys(mentions)]


def _cell(output: Output | None, mention: Mention) -> MentionedCell:
    verdict = verdict_of(output) if output else None
    table = verdict.table if verdict else None
    if table is None or output is None or not _is_in(len(table.rows), len(table.columns), mention):
        raise InvalidError(
            "no_cell",
            Text(
                f"Tabel {mention.output} heeft geen cel in rij {mention.row + 1}, kolom {mention.column + 1}.",
                f"Table {mention.output} has no cell in row {mention.row + 1}, column {mention.column + 1}.",
            ),
            field="cells",
        )
    return MentionedCell(output=output, row=mention.row, column=mention.column)


def _is_in(rows: int, columns: int, mention: Mention) -> bool:
    return 0 <= mention.row < rows and 0 <= mention.column < columns
