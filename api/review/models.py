"""The tables of what output checkers look at, write and decide."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.access.models import Project
from api.db import Base, now
from api.people.models import Centre, Person
from api.release.models import Release
from api.requests.models import Output, OutputRequest


class Decision(StrEnum):
    """What one checker says of an output, or of a request."""

    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"


class Reach(StrEnum):
    """Who a comment is for."""

    PUBLIC = "public"
    CHECKERS = "checkers"


class AfterCheckResult(StrEnum):
    """What a checker says of a release that the service settled by itself."""

    IN_ORDER = "in_order"
    NOT_IN_ORDER = "not_in_order"


class Arrangement(Base):
    """Who must see the outputs of a centre, or of one project of it; a change is a new version, never an edit.

    `level` is one of api/review/requirements.py; what is unknown there counts as the strictest. `share` (0 to 1) is the
    part of what the service releases by itself that is checked afterwards; only centres have one.
    """

    __tablename__ = "arrangement"
    __table_args__ = (UniqueConstraint("centre_id", "project_id", "version"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    version: Mapped[int]
    level: Mapped[str]
    share: Mapped[float | None]
    reason: Mapped[str]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[dt.datetime] = mapped_column(default=now)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    centre: Mapped[Centre] = relationship()
    project: Mapped[Project | None] = relationship()
    set_by: Mapped[Person] = relationship(foreign_keys=set_by_id)
    confirmed_by: Mapped[Person | None] = relationship(foreign_keys=confirmed_by_id)


class LooserArrangement(Base):
    """A proposal to let fewer people see outputs: it says nothing until somebody else confirms it.

    `version` is that of the arrangement that it would replace (0: none); `confirmed` is None while nobody decided.
    """

    __tablename__ = "looser_arrangement"
    id: Mapped[int] = mapped_column(primary_key=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    version: Mapped[int]
    level: Mapped[str]
    share: Mapped[float | None]
    reason: Mapped[str]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[dt.datetime] = mapped_column(default=now)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None]
    confirmed: Mapped[bool | None]
    centre: Mapped[Centre] = relationship()
    project: Mapped[Project | None] = relationship()
    proposed_by: Mapped[Person] = relationship(foreign_keys=proposed_by_id)
    decided_by: Mapped[Person | None] = relationship(foreign_keys=decided_by_id)


class AfterCheck(Base):
    """A release without a checker that the draw picked to be looked at afterwards; `result` is None until then."""

    __tablename__ = "after_check"
    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), unique=True)
    drawn_at: Mapped[dt.datetime] = mapped_column(default=now)
    checker_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    result: Mapped[AfterCheckResult | None]
    comment: Mapped[str | None]
    checked_at: Mapped[dt.datetime | None]
    release: Mapped[Release] = relationship()
    checker: Mapped[Person | None] = relationship()

    @property
    def lapsed(self) -> bool:
        """Whether the release was revoked before anybody checked it: then there is nothing left to find."""
        return self.result is None and self.release.revocation is not None


class Review(Base):
    """One checker's votes in one round and what they come to; each checker decides once a round."""

    __tablename__ = "review"
    __table_args__ = (UniqueConstraint("request_id", "round", "checker_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("output_request.id"), index=True)
    round: Mapped[int]
    checker_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decision: Mapped[Decision]
    comment: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    request: Mapped[OutputRequest] = relationship()
    votes: Mapped[list[Vote]] = relationship(back_populates="review", order_by="Vote.id")
    checker: Mapped[Person] = relationship()


class Vote(Base):
    """What a review says of one output; `kept_from` is the vote of the last round that it repeats."""

    __tablename__ = "vote"
    __table_args__ = (UniqueConstraint("review_id", "output_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    output_id: Mapped[int] = mapped_column(ForeignKey("output.id"), index=True)
    decision: Mapped[Decision]
    comment: Mapped[str]
    kept_from_id: Mapped[int | None] = mapped_column(ForeignKey("vote.id"))
    review: Mapped[Review] = relationship(back_populates="votes")
    output: Mapped[Output] = relationship()


class Claim(Base):
    """A checker looks at a request until `expires_at`; `version` rises with each renewal and with its end."""

    __tablename__ = "claim"
    __table_args__ = (UniqueConstraint("request_id", "checker_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("output_request.id"))
    checker_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    version: Mapped[int]
    claimed_at: Mapped[dt.datetime] = mapped_column(default=now)
    expires_at: Mapped[dt.datetime]
    request: Mapped[OutputRequest] = relationship()
    checker: Mapped[Person] = relationship()


class Comment(Base):
    """What somebody wrote about a request in one round, and the cells that it is about."""

    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("output_request.id"), index=True)
    round: Mapped[int]
    writer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reach: Mapped[Reach]
    text: Mapped[str]
    written_at: Mapped[dt.datetime] = mapped_column(default=now)
    request: Mapped[OutputRequest] = relationship()
    writer: Mapped[Person] = relationship()
    cells: Mapped[list[MentionedCell]] = relationship(order_by="MentionedCell.id")


class MentionedCell(Base):
    """A cell that a comment is about; `row` and `column` are 0-based, as in the verdict of the output."""

    __tablename__ = "mentioned_cell"
    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id"), index=True)
    output_id: Mapped[int] = mapped_column(ForeignKey("output.id"))
    row: Mapped[int]
    column: Mapped[int]
    output: Mapped[Output] = relationship()
