"""What the workplace says to people."""

from __future__ import annotations

from output_checker.text import Language, Text

REFUSED = Text(nl="Deze werkplek gaat nu niet open", en="This sandbox does not open now")
REFUSED_WHY = Text(
    nl="Aan de volgende voorwaarden is nog niet voldaan:",
    en="The following conditions are not met yet:",
)
REFUSED_UNSAID = Text(
    nl="U heeft geen toegang tot dit project, of het project bestaat niet.",
    en="You have no access to this project, or it does not exist.",
)
SILENT = Text(
    nl="De toegang kan op dit moment niet worden gecontroleerd, dus de werkplek gaat niet open. Probeer het straks opnieuw.",
    en="Access cannot be checked at the moment, so the sandbox does not open. Please try again later.",
)
CHOOSE_PROJECT = Text(
    nl="Kies een project: een werkplek hoort altijd bij één project.",
    en="Choose a project: a sandbox always belongs to one project.",
)
NOT_STARTED = Text(
    nl="De werkplek kon niet starten. De beheerder vindt de oorzaak in het logboek.",
    en="The sandbox could not start. The administrator finds the cause in the log.",
)
NOT_RUNNING = Text(nl="Deze werkplek draait niet", en="This sandbox is not running")
WHY_ENDED = Text(
    nl="Een werkplek eindigt wanneer u haar stopt, wanneer uw toegang eindigt, of wanneer de bestanden in uw map meer ruimte "
    "innemen dan is toegestaan. Wat u heeft opgeslagen, is bewaard. Bij een nieuwe start hoort u of uw toegang nog geldt.",
    en="A sandbox ends when you stop it, when your access ends, or when the files in your folder take more room than is "
    "allowed. What you saved is kept. When you start it again you are told whether you still have access.",
)
START_AGAIN = Text(nl="Werkplek openen", en="Open the sandbox")
STOPPING = Text(
    nl="Uw werkplek wordt afgesloten. Daarna kunt u haar opnieuw openen, als u dan toegang heeft.",
    en="Your sandbox is being closed. After that you can open it again, if you have access then.",
)
TO_PROJECTS = Text(nl="Naar uw projecten", en="To your projects")
LOGIN_FAILED = Text(nl="Inloggen is niet gelukt", en="The login did not succeed")
LOGIN_REFUSED = Text(
    nl="Het inloggen is geweigerd of afgebroken. Begin opnieuw; lukt het weer niet, vraag dan uw beheerder.",
    en="The login was refused or cancelled. Start again; if it fails once more, ask your administrator.",
)
LOGIN_EXPIRED = Text(
    nl="Dit inloggen is verlopen of in een ander venster begonnen. Begin opnieuw.",
    en="This login has expired or began in another window. Start again.",
)
LOGIN_UNAVAILABLE = Text(
    nl="De inlogdienst is even niet bereikbaar. Probeer het over een minuut opnieuw.",
    en="The login service cannot be reached at the moment. Try again in a minute.",
)
AGAIN = Text(nl="Opnieuw inloggen", en="Log in again")


def language_of(accept_language: str | None) -> Language:
    """Choose from an Accept-Language header (RFC 9110, 12.5.4): Dutch unless English is asked for first."""
    for part in (accept_language or "").split(","):
        tag = part.split(";")[0].strip().lower()[:2]
        if tag == "en":
            return "en"
        if tag == "nl":
            return "nl"
    return "nl"
