"""The table of what output checkers decided."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.db import Base, now
from api.people.models import Person
from api.requests.models import OutputRequest


class Decision(StrEnum):
    """What one checker says of a request."""

    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"


class Review(Base):
    """One checker's decision in one round; each checker decides once a round."""

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
    checker: Mapped[Person] = relationship()
