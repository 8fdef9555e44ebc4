"""What a notice says and where it leads: sentences of our own around the number of a request or an application."""

from __future__ import annotations

from typing import Final

from api.notices.models import Notice, NoticeKind
from output_checker.text import Text

K = NoticeKind

_SENTENCES: Final[dict[NoticeKind, Text]] = {
    K.JUDGED: Text(
        "{number}: de regels keuren niets af, outputcontroleurs kijken nu.",
        "{number}: the rules refuse nothing, output checkers look now.",
    ),
    K.NEEDS_REVIEW: Text("{number} wacht op uw oordeel.", "{number} waits for your review."),
    K.RETURNED: Text(
        "{number} is terug: lees waarom en pas de uitvoer aan.",
        "{number} came back: read why, and change the output.",
    ),
    K.APPROVED: Text(
        "{number} is goedgekeurd; de dienst schrijft de bestanden.",
        "{number} was approved; the service writes the files.",
    ),
    K.RELEASED: Text(
        "{number} is vrijgegeven: u kunt de bestanden downloaden.",
        "{number} was released: you can download the files.",
    ),
    K.REJECTED: Text("{number} is afgewezen.", "{number} was rejected."),
    K.REVOKED: Text(
        "De vrijgave van {number} is ingetrokken: gebruik de cijfers niet meer.",
        "The release of {number} was revoked: do not use its figures any more.",
    ),
    K.NOT_IN_ORDER: Text(
        "{number} ging zonder controleur naar buiten en bleek achteraf niet in orde; de vrijgave is ingetrokken.",
        "{number} left without a checker and was found not in order afterwards; its release was revoked.",
    ),
    K.ACCESS_WITHDRAWN: Text(
        "Uw toegang tot een project is ingetrokken.", "Your access to a project was withdrawn."
    ),
    K.ACCESS_NARROWED: Text(
        "Uw toegang tot een project geldt voor minder datasets dan voorheen.",
        "Your access to a project is for fewer datasets than before.",
    ),
    K.TRAINING_ENDS: Text(
        "Uw opleiding verloopt binnenkort: doe de toets opnieuw, zodat uw werkplek open blijft.",
        "Your training runs out soon: take the test again, so that your workplace stays open.",
    ),
    K.ACCESS_GRANTED: Text(
        "U heeft toegang gekregen tot een project.", "You were given access to a project."
    ),
    K.GRANT_PROPOSED: Text(
        "Een voorstel voor toegang wacht op uw bevestiging.",
        "A proposal for access waits for you to confirm it.",
    ),
    K.EMERGENCY_ACCESS: Text(
        "Iemand heeft noodtoegang gekregen tot een project van uw centrum.",
        "Somebody was given emergency access to a project of your centre.",
    ),
    K.INVITED: Text(
        "U bent uitgenodigd om uw account in te stellen: dat kan een keer, binnen drie dagen.",
        "You are invited to set up your account: once, within three days.",
    ),
    K.PROJECT_CLOSED: Text(
        "Een project is gesloten: de werkplekken zijn beëindigd en het werk wordt na enige tijd verwijderd.",
        "A project was closed: its workplaces have ended, and the work in it is deleted after some time.",
    ),
    K.PROJECT_REOPENED: Text("Een project is heropend.", "A project was opened again."),
    K.REOPENING_PROPOSED: Text(
        "Een voorstel om een project te heropenen wacht op uw bevestiging.",
        "A proposal to open a project again waits for you to confirm it.",
    ),
    K.DELETION_FAILED: Text(
        "Het werk van een gesloten project kon niet worden verwijderd: kijk waarom.",
        "The work of a closed project could not be deleted: look why.",
    ),
    K.PROJECT_DELETED: Text(
        "Het werk van een gesloten project is verwijderd; de verklaring staat bij het project.",
        "The work of a closed project was deleted; the statement stands with the project.",
    ),
    K.APPLICATION_WAITING: Text(
        "Projectaanvraag {number} wacht op uw beslissing.", "Application {number} waits for your decision."
    ),
    K.APPLICATION_RETURNED: Text(
        "Projectaanvraag {number} is terug: lees waarom en vul aan.",
        "Application {number} came back: read why, and complete it.",
    ),
    K.APPLICATION_APPROVED: Text(
        "Projectaanvraag {number} is goedgekeurd: het project is er, zoals u vroeg.",
        "Application {number} was approved: the project is there, as you asked.",
    ),
    K.APPLICATION_REJECTED: Text(
        "Projectaanvraag {number} is afgewezen.", "Application {number} was rejected."
    ),
}
_PATHS: Final[dict[NoticeKind, str]] = {
    K.GRANT_PROPOSED: "/admin/proposals",
    K.EMERGENCY_ACCESS: "/admin/emergencies",
    K.TRAINING_ENDS: "/training",
    K.INVITED: "/account",
    K.REOPENING_PROPOSED: "/admin/projects",
    K.DELETION_FAILED: "/admin/projects",
    K.PROJECT_DELETED: "/admin/projects",
}


def sentence_of(notice: Notice) -> Text:
    """Return what a notice says."""
    about = notice.request or notice.application
    number = about.number if about else ""
    words = _SENTENCES[notice.kind]
    return Text(nl=words.nl.format(number=number), en=words.en.format(number=number))


def path_of(notice: Notice) -> str:
    """Return the path of the page that tells more."""
    if notice.application is not None:
        return f"/applications/{notice.application.number}"
    if notice.request is None:
        return _PATHS.get(notice.kind, "/projects")
    place = "review" if notice.kind is K.NEEDS_REVIEW else "requests"
    return f"/{place}/{notice.request.number}"
