"""What is asked at a door whatever a grant says: nobody can grant these away."""

from __future__ import annotations

from typing import Final, Literal

from api.access.circumstances import Answer, Circumstances, Condition, Met, Unmet
from api.access.models import Grant, Project
from api.access.periods import Noun, answer_of_period
from api.access.scope import datasets_under
from api.access.words import in_words
from api.people.models import Person, Role
from api.people.roles import appointed_roles
from output_checker.text import Text


def ask_administrator(project: Project) -> Text:
    """Return whom to ask about access to `project`."""
    centre = project.centre.name
    return Text(nl=f"Vraag een beheerder van {centre}.", en=f"Ask an administrator of {centre}.")


class NotSuspended(Condition):
    """The person is not suspended."""

    condition: Literal["not_suspended"] = "not_suspended"
    title = Text(nl="Niet geschorst", en="Not suspended")

    def check(self, at_hand: Circumstances) -> Answer:
        """A suspension counts from the moment it is known, whatever moment is asked about."""
        return suspension_of(at_hand.person, ask_administrator(at_hand.project))


def suspension_of(person: Person, remedy: Text) -> Answer:
    """Return whether `person` is not suspended, and why they are."""
    if person.suspended_at is None:
        return Met(Text(nl="U bent niet geschorst.", en="You are not suspended."))
    since, why = in_words(person.suspended_at), person.suspended_reason
    reason = Text(
        nl=f"U bent geschorst sinds {since.nl}: {why}",
        en=f"You have been suspended since {since.en}: {why}",
    )
    return Unmet(reason, remedy)


class ProjectRunning(Condition):
    """The project has begun, has not ended and was not closed."""

    condition: Literal["project_running"] = "project_running"
    title = Text(nl="Project loopt", en="Project running")

    def check(self, at_hand: Circumstances) -> Answer:
        """Look at the closing first: it ends the project whatever its dates say."""
        project, remedy = at_hand.project, ask_administrator(at_hand.project)
        if project.closed_at is not None and project.closed_at <= at_hand.at:
            closed = in_words(project.closed_at)
            return Unmet(
                Text(
                    nl=f"Het project is gesloten op {closed.nl}.",
                    en=f"The project was closed on {closed.en}.",
                ),
                remedy,
            )
        return answer_of_period(
            Noun("Het project", "The project"), project.valid_from, project.valid_until, at_hand.at, remedy
        )


class GrantRunning(Condition):
    """The grant has begun and has not ended."""

    condition: Literal["grant_running"] = "grant_running"
    title = Text(nl="Toegang loopt", en="Grant running")

    def check(self, at_hand: Circumstances) -> Answer:
        """Compare the moment with the period of the grant."""
        grant = at_hand.grant
        if grant is None:
            return no_grant()
        noun = Noun("Uw toegang", "Your access")
        remedy = ask_administrator(at_hand.project)
        return answer_of_period(noun, grant.valid_from, grant.valid_until, at_hand.at, remedy)


class NotWithdrawn(Condition):
    """The grant was not withdrawn."""

    condition: Literal["not_withdrawn"] = "not_withdrawn"
    title = Text(nl="Niet ingetrokken", en="Not withdrawn")

    def check(self, at_hand: Circumstances) -> Answer:
        """A withdrawal counts from the moment it is known, whatever moment is asked about."""
        if at_hand.grant is None:
            return no_grant()
        withdrawal = at_hand.grant.withdrawal
        if withdrawal is None:
            return Met(Text(nl="Uw toegang is niet ingetrokken.", en="Your access was not withdrawn."))
        when, why = in_words(withdrawal.withdrawn_at), withdrawal.reason
        reason = Text(
            nl=f"Uw toegang is ingetrokken op {when.nl}: {why}",
            en=f"Your access was withdrawn on {when.en}: {why}",
        )
        return Unmet(reason, ask_administrator(at_hand.project))


class DatasetsGranted(Condition):
    """What the person comes for is in view of the project, and the grant names it or is for all that is in view."""

    condition: Literal["datasets_granted"] = "datasets_granted"
    title = Text(nl="Toegang tot de datasets", en="Access to the datasets")

    def check(self, at_hand: Circumstances) -> Answer:
        """Say which datasets a person sees, and which of those that they come for they do not."""
        grant = at_hand.grant
        if grant is None:
            return no_grant()
        seen = datasets_under(grant)
        names = ", ".join(seen)
        if beyond := at_hand.datasets - set(seen):
            return Unmet(_beyond(grant, ", ".join(sorted(beyond))), _other_datasets(at_hand.project, names))
        if grant.datasets is None:
            return Met(_ALL_DATASETS)
        only = Text(f"Uw toegang geldt alleen voor {names}.", f"Your access is for {names} only.")
        return Met(only if seen else _NO_DATASETS)


_ALL_DATASETS: Final = Text(
    "Uw toegang geldt voor alle gegevens die het project ziet.",
    "Your access is for all data that the project sees.",
)
_NO_DATASETS: Final = Text(
    "Van de datasets waarvoor uw toegang geldt, ziet het project er nu geen.",
    "Of the datasets that your access is for, the project sees none now.",
)


def _beyond(grant: Grant, names: str) -> Text:
    if grant.datasets is None:
        return Text(f"Dit project ziet {names} niet.", f"This project does not see {names}.")
    return Text(f"Uw toegang geldt niet voor {names}.", f"Your access is not for {names}.")


def _other_datasets(project: Project, seen: str) -> Text:
    """What a person can do without a dataset: use those that they see, or ask for more."""
    choice = Text(f"Gebruik {seen}. ", f"Use {seen}. ") if seen else Text("", "")
    asking = ask_administrator(project)
    return Text(f"{choice.nl}Heeft u meer nodig? {asking.nl}", f"{choice.en}Do you need more? {asking.en}")


class OutsideProject(Condition):
    """The person never had a grant in the project: who works on results does not check them."""

    condition: Literal["outside_project"] = "outside_project"
    title = Text(nl="Buiten het project", en="Outside the project")

    def check(self, at_hand: Circumstances) -> Answer:
        """Look at all grants ever given, also ended and withdrawn ones."""
        if not at_hand.ever_member:
            return Met(Text(nl="U werkte nooit in dit project.", en="You never worked in this project."))
        return Unmet(
            Text(
                nl="U werkt of werkte zelf in dit project.", en="You work or worked in this project yourself."
            ),
            Text(
                nl="Laat dit over aan iemand die nooit in het project werkte.",
                en="Leave this to somebody who never worked in the project.",
            ),
        )


class SeparateDuties(Condition):
    """The person does not administer the centre: who grants access neither chooses what is seen nor sees it."""

    condition: Literal["separate_duties"] = "separate_duties"
    title = Text(nl="Geen beheerder van het centrum", en="Not an administrator of the centre")

    def check(self, at_hand: Circumstances) -> Answer:
        """Look at the appointments in force, at this centre or everywhere."""
        held = appointed_roles(at_hand.person, at_hand.at)
        centre = at_hand.project.centre
        if not {(Role.ADMINISTRATOR, centre.id), (Role.ADMINISTRATOR, None)} & held:
            return Met(
                Text(
                    nl="U verleent zelf geen toegang bij dit centrum.",
                    en="You do not grant access at this centre.",
                )
            )
        return Unmet(
            Text(
                nl="U bent ook beheerder van dit centrum.",
                en="You are an administrator of this centre as well.",
            ),
            Text(
                nl=f"Laat dit over aan iemand die {centre.name} niet beheert.",
                en=f"Leave this to somebody who does not administer {centre.name}.",
            ),
        )


def no_grant() -> Unmet:
    """Return the one answer to who has no grant; it is the same when the project does not exist."""
    return Unmet(
        Text(
            nl="U heeft geen toegang tot dit project, of het bestaat niet.",
            en="You have no access to this project, or it does not exist.",
        ),
        Text(
            nl="Controleer de naam van het project, of vraag een beheerder van uw centrum om toegang.",
            en="Check the name of the project, or ask an administrator of your centre for access.",
        ),
    )


BY_GRANT: Final[tuple[Condition, ...]] = (
    NotSuspended(),
    NotWithdrawn(),
    GrantRunning(),
    SeparateDuties(),
    ProjectRunning(),
    DatasetsGranted(),
)
"""Asked of everybody who comes by a grant, before the conditions of the grant itself."""
