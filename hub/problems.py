"""Errors in the shape that all JSON of the environment shares, for what the boundary refuses."""

from __future__ import annotations

from aiohttp import web

from output_checker.text import Text

NOT_ALLOWED = Text(
    nl="Dit kan niet vanuit de werkplek.",
    en="This is not possible from the sandbox.",
)
USE_A_REQUEST = Text(
    nl="Dien een resultaat in als aanvraag; alleen gecontroleerde cijfers verlaten de werkplek.",
    en="Submit a result as a request; only checked figures leave the sandbox.",
)
TOO_LARGE = Text(nl="Dit bericht is te groot.", en="This message is too large.")
NO_LENGTH = Text(nl="Er ontbreekt een lengte.", en="A length is missing.")
UNREACHABLE = Text(
    nl="De dienst is even niet bereikbaar. Uw werk is niet verloren.",
    en="The service cannot be reached at the moment. Your work is not lost.",
)
TOO_OFTEN = Text(nl="Er wordt te vaak gevraagd.", en="There are too many requests.")
TRY_AGAIN = Text(nl="Probeer het over een minuut opnieuw.", en="Try again in a minute.")
UNUSABLE = Text(nl="De dienst gaf een onbruikbaar antwoord.", en="The service gave an unusable answer.")
NOT_SHOWN = Text(
    nl="Dit bestand wordt niet getoond: alleen notebooks en kleine tekstbestanden gaan open.",
    en="This file is not shown: only notebooks and small text files open.",
)
BUDGET_USED = Text(
    nl="Deze werkplek heeft getoond wat zij mag tonen. Start haar opnieuw, of vraag uw beheerder om hulp.",
    en="This sandbox has shown all it may show. Start it again, or ask your administrator for help.",
)
OUTPUT_TOO_LARGE = Text(
    nl="Deze uitvoer is te groot om te tonen. Toon minder rijen of een kleinere figuur.",
    en="This output is too large to show. Show fewer rows or a smaller figure.",
)


def problem(status: int, code: str, message: Text, remedy: Text | None = None) -> web.Response:
    """Return an error answer with the agreed JSON body."""
    body = {
        "error": {
            "code": code,
            "field": None,
            "message": _words(message),
            "remedy": None if remedy is None else _words(remedy),
        }
    }
    return web.json_response(body, status=status, headers={"X-Content-Type-Options": "nosniff"})


def _words(text: Text) -> dict[str, str]:
    return {"nl": text.nl, "en": text.en}
