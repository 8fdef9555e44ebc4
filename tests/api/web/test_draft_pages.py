"""Pages of drafts: an author puts words and outputs right without scripts, and nothing that was typed is lost."""

from __future__ import annotations

import json
import re

from httpx import Response
from markupsafe import escape
from sqlalchemy import select

from api.access.models import Grant
from api.audit.models import AuditRecord
from api.requests.models import RequestState
from tests.api.factories import make_grant, withdraw
from tests.api.flow import FINE, MEAN, Flow, find
from tests.api.inspection.files import Files
from tests.api.web.reader import Reader, words

WORDS = {
    "title": "Incomes by area and sex",
    "purpose": "For the yearly report on poverty of the municipality.",
    "population": "All persons.",
    "question": "Where is poverty?",
    "audience": "The council.",
}


WRONG = [
    ("title", "<b>bold</b> words", "This text holds HTML"),
    ("purpose", "turned \u202e around", "turn the reading direction"),
    ("query", "{not json", "This is not valid JSON"),
    ("query", "x = ", "This is not valid TOML"),
    ("query", '{"dataset": "people", "index": "nowhere"}', "nowhere"),
    ("query", '{"dataset": "secrets", "index": "sex"}', "no dataset"),
    ("title-1", "\u200b", "invisible characters"),
]


def begun(reader: Reader, flow: Flow) -> str:
    """The number of a draft without outputs, begun on the page."""
    slug = flow.world.project.slug
    answer = reader.be(flow.world.researcher).send("/requests/drafts", project=slug, title="Incomes")
    found = re.fullmatch(r"/requests/(R-\d{4}-\d{4})/draft", answer.headers["location"])
    assert answer.status_code == 303
    assert found
    return found[1]


def version(reader: Reader, number: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', reader.open(f"/requests/{number}/draft").text)
    assert found
    return found[1]


def press(reader: Reader, number: str, button: str, **typed: str) -> Response:
    """Press a button of the form of a draft as it stands, with other words typed in."""
    form = {**WORDS, "version": version(reader, number), "do": button, **typed}
    return reader.send(f"/requests/{number}/draft", **form)


def test_from_nothing_to_submitted(reader: Reader, flow: Flow) -> None:
    number = begun(reader, flow)
    assert f'href="/requests/{number}"' in reader.open("/requests").text
    assert reader.open(f"/requests/{number}").headers["location"] == f"/requests/{number}/draft"
    assert "Add at least one table or file" in words(reader.open(f"/requests/{number}/draft"))
    for query in (json.dumps(FINE), 'dataset = "people"\nindex = "sex"\nvalues = "income"\naggfunc = "mean"'):
        assert press(reader, number, "add", query=query).status_code == 303
    shown = words(reader.open(f"/requests/{number}/draft?done=saved"))
    assert "Incomes by area and sex" not in shown.split("Save the draft")[1].split("Before you submit")[0]
    for told in ("The draft is saved.", "Table 1", "Table 2", "numbers are not rounded", "Submit the counts"):
        assert told in shown, told
    press(reader, number, "up-2", **{"title-1": "Counts", "title-2": "Means"})
    press(reader, number, "save")
    assert press(reader, number, "submit").headers["location"] == f"/requests/{number}"
    with flow.database.reading() as session:
        request = find(session, number)
        assert request.state is RequestState.SUBMITTED
        assert [output.query["aggfunc"] for output in request.outputs if "aggfunc" in output.query] == [
            "mean"
        ]
        assert request.audience == WORDS["audience"]


def test_order_titles_and_leaving_out(reader: Reader, flow: Flow) -> None:
    number = flow.returned(FINE, MEAN)
    reader.be(flow.world.researcher)
    assert "Prepare the next round here" in words(reader.open(f"/requests/{number}"))
    assert reader.send(f"/requests/{number}/draft/next").status_code == 303
    assert "Go on with the draft" in words(reader.open(f"/requests/{number}"))
    press(reader, number, "down-1", **{"title-1": "Counts", "title-2": "Means"})
    page = reader.open(f"/requests/{number}/draft").text
    assert page.index('value="Means"') < page.index('value="Counts"')
    for odd in ("up-1", "down-9", "remove-x", "remove-0", "dance-1", ""):
        assert press(reader, number, odd, **{"title-1": "Means", "title-2": "Counts"}).status_code == 303
    press(reader, number, "remove-1", **{"title-1": "Means", "title-2": "Counts"})
    rest = reader.open(f"/requests/{number}/draft")
    assert "Draft of round 2" in words(rest)
    assert 'value="Means"' not in rest.text
    assert reader.send(f"/requests/{number}/draft/drop").headers["location"] == f"/requests/{number}"
    assert reader.open(f"/requests/{number}/draft").status_code == 409


def test_what_is_wrong_is_told_beside_what_was_typed(reader: Reader, flow: Flow) -> None:
    number = begun(reader, flow)
    press(reader, number, "add", query=json.dumps(FINE))
    for name, typed, told in WRONG:
        answer = press(reader, number, "add" if name == "query" else "save", **{name: typed})
        assert answer.status_code == 422, typed
        assert told in words(answer)
        marked = re.search(rf'<(?:input|textarea)[^>]* id="{name}"[^>]*>', answer.text)
        assert marked
        assert 'aria-invalid="true"' in marked[0]
        kept = {**WORDS, name: typed}
        assert [said for said in kept.values() if str(escape(said)) not in answer.text] == []


def test_what_access_is_not_for_is_told_beside_what_was_pasted(reader: Reader, flow: Flow) -> None:
    flow.show("wealth")
    number = begun(reader, flow)
    press(reader, number, "add", query=json.dumps(FINE))
    with flow.database.transaction() as session:
        old = session.get_one(Grant, flow.world.grant.id)
        make_grant(session, person=old.person, project=old.project, datasets=["people"])
    pasted = json.dumps(FINE | {"dataset": "wealth"})
    answer = press(reader, number, "add", query=pasted, audience="The whole council.")
    assert answer.status_code == 403
    for kept in ("The whole council.", escape(pasted)):
        assert str(kept) in answer.text
    # What was pasted is in sight, also below an output that is there.
    assert '<details class="enclave-more" open>' in answer.text
    with flow.database.transaction() as session:
        withdraw(session, grant=session.scalars(select(Grant).where(Grant.version == 2)).one())
    answer = press(reader, number, "submit", audience="Everybody.")
    assert answer.status_code == 403
    assert "Everybody." in answer.text
    with flow.database.reading() as session:
        refused = session.scalars(select(AuditRecord).where(AuditRecord.action == "access.refuse")).all()
        assert "datasets_granted" in refused[0].document
        assert len(refused) == 2


def test_a_purpose_that_is_missing_is_asked_for_at_submission(reader: Reader, flow: Flow) -> None:
    number = begun(reader, flow)
    press(reader, number, "add", query=json.dumps(FINE))
    answer = press(reader, number, "submit", purpose="")
    assert answer.status_code == 422
    assert 'id="purpose-error"' in answer.text
    assert flow.state(number) is RequestState.DRAFT


def test_an_old_page_overwrites_nothing(reader: Reader, flow: Flow) -> None:
    number = begun(reader, flow)
    press(reader, number, "save", title="Typed here")
    old = press(reader, number, "save", version="1", title="Typed elsewhere")
    assert old.status_code == 409
    assert "changed elsewhere" in words(old)
    assert "Typed elsewhere" in old.text  # what was typed is still there to look at
    for nonsense in ("", "x", "9" * 30):
        assert press(reader, number, "save", version=nonsense).status_code == 409


def test_sent_twice_is_submitted_once(reader: Reader, flow: Flow) -> None:
    number = begun(reader, flow)
    press(reader, number, "add", query=json.dumps(FINE))
    form = {**WORDS, "version": version(reader, number), "do": "submit"}
    answers = [reader.send(f"/requests/{number}/draft", **form) for _ in range(2)]
    assert [one.headers["location"] for one in answers] == [f"/requests/{number}"] * 2
    with flow.database.reading() as session:
        assert len(find(session, number).rounds) == 1


def test_a_draft_is_for_its_author_alone(reader: Reader, flow: Flow) -> None:
    number = begun(reader, flow)
    for name in ("analyst", "checker", "administrator", "auditor"):
        reader.be(getattr(flow.world, name))
        assert reader.open(f"/requests/{number}/draft").status_code == 404
        assert reader.send(f"/requests/{number}/draft", do="submit").status_code == 404
    returned = flow.returned(FINE)
    assert reader.be(flow.world.analyst).send(f"/requests/{returned}/draft/next").status_code == 403


def test_what_cannot_begin_is_told_and_kept(reader: Reader, flow: Flow) -> None:
    reader.be(flow.world.researcher)
    refused = reader.send("/requests/drafts", project=flow.world.project.slug, title="<script>x")
    assert refused.status_code == 422
    assert "This text holds HTML" in words(refused)
    assert 'value="&lt;script&gt;x"' in refused.text
    assert reader.send("/requests/drafts", project="nowhere", title="x").status_code == 404
    stranger = reader.be(flow.world.outsider)
    assert stranger.send("/requests/drafts", project=flow.world.project.slug, title="x").status_code == 404
    assert f'value="{flow.world.project.slug}"' not in stranger.open("/requests").text
    assert "Begin a draft" not in words(reader.be(flow.world.checker).open("/requests"))


def test_files_and_questions_that_are_gone_are_called_so(reader: Reader, flow: Flow) -> None:
    files = Files(flow)
    number = flow.returned(FINE)
    flow.resubmit(number, {"outputs": [{"query": FINE}, files.asked("report.txt", b"words\n")]})
    flow.judge(number)
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(number, checker, "return")  # type: ignore[arg-type]
    reader.be(flow.world.researcher).send(f"/requests/{number}/draft/next")
    shown = words(reader.open(f"/requests/{number}/draft?lang=nl"))
    assert "Bestand 2" in shown
    assert "report.txt" in shown
    assert "Concept van ronde 3" in shown
