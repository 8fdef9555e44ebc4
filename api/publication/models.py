"""Who opened or closed the public page, for what and why; the newest choice counts, none means closed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.access.models import Project
from api.db import Base, now
from api.people.models import Centre, Person


class PublicationChoice(Base):
    """A choice about one project or, without a project, about the whole centre; never changed, only followed."""

    __tablename__ = "publication_choice"
    id: Mapped[int] = mapped_column(primary_key=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    opened: Mapped[bool]
    reason: Mapped[str]
    chosen_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    chosen_at: Mapped[dt.datetime] = mapped_column(default=now)
    centre: Mapped[Centre] = relationship()
    project: Mapped[Project | None] = relationship()
    chosen_by: Mapped[Person] = relationship()
