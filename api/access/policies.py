"""The output-checking policy of a project."""

from __future__ import annotations

from api.access.models import Project
from api.errors import UnavailableError
from output_checker.errors import PolicyError
from output_checker.policy import Policy, load_policy
from output_checker.text import Text


def policy_of(project: Project) -> Policy:
    """Return the policy of `project`.

    Raises UnavailableError when it is gone or cannot be read: then nothing is judged, approved or released.
    """
    try:
        return load_policy(project.policy)
    except PolicyError as error:
        raise UnavailableError(
            "no_policy",
            Text(
                "Het beleid van dit project is niet te lezen; daarom wordt er niets beoordeeld.",
                "The policy of this project cannot be read; therefore nothing is decided.",
            ),
            remedy=Text(
                "Meld dit aan de beheerder van uw centrum.", "Tell the administrator of your centre."
            ),
        ) from error
