"""Every table in one import, for migrations and for making relationships known."""

from __future__ import annotations

from api.access import models as access
from api.applications import models as applications
from api.audit import models as audit
from api.budget import models as budget
from api.catalogue import models as catalogue
from api.closing import models as closing
from api.db import Base
from api.identity import models as identity
from api.jobs import models as jobs
from api.notices import models as notices
from api.people import models as people
from api.publication import models as publication
from api.release import models as release
from api.requests import models as requests
from api.review import models as review
from api.training import models as training
from api.uploads import models as uploads

__all__ = [
    "Base",
    "access",
    "applications",
    "audit",
    "budget",
    "catalogue",
    "closing",
    "identity",
    "jobs",
    "notices",
    "people",
    "publication",
    "release",
    "requests",
    "review",
    "training",
    "uploads",
]
