"""A file beside a table: it has no cells, is no earlier release from the data, and is public with its release."""

from __future__ import annotations

import pytest

from api.people.models import Person, Role
from api.publication.proof import verify_proof
from api.publication.service import choose
from api.requests.models import RequestState
from tests.api.factories import acting
from tests.api.flow import FINE, Flow
from tests.api.inspection.files import CODE, Files, sha256
from tests.api.web.reader import Reader, words

pytestmark = pytest.mark.usefixtures("here")


def together(flow: Flow, files: Files) -> str:
    """A released request of a table and a file."""
    number = flow.submit_document({"outputs": [{"query": FINE}, files.asked("analyse.py", CODE)]})
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(number, checker)
    assert flow.release(number) is RequestState.RELEASED
    return number


def test_a_file_has_no_cells_and_no_table(reader: Reader, flow: Flow, files: Files) -> None:
    number = together(flow, files)
    reader.be(flow.world.checker)
    for path in ("cells/2.1.1", "tables/2"):
        assert reader.open(f"/review/{number}/{path}").status_code == 404
    for path in ("cells/1.1.1", "tables/1", ""):
        assert reader.open(f"/review/{number}/{path}".rstrip("/")).status_code == 200


def test_earlier_releases_are_those_of_the_table_and_never_the_file(
    reader: Reader, flow: Flow, files: Files
) -> None:
    earlier = together(flow, files)
    both = {"outputs": [{"query": {**FINE, "where": "income > 20000"}}, files.asked("other.py", CODE + b"#")]}
    number = flow.submit_document(both)
    flow.judge(number)
    shown = words(reader.be(flow.world.checker).open(f"/review/{number}"))
    told = shown.split("Earlier releases from the same data")[1]
    assert told.count(f"{earlier}:") == 1
    assert "analyse.py" not in told
    alone = files.under_review("alone.py", CODE + b"##")
    assert "Nothing from these data left before" in words(reader.open(f"/review/{alone}"))


def test_the_public_page_of_a_release_with_a_file(reader: Reader, flow: Flow, files: Files) -> None:
    number = together(flow, files)
    with flow.database.transaction() as session:
        actor = acting(session.get_one(Person, flow.world.administrator.id), Role.ADMINISTRATOR)
        project = session.merge(flow.world.project)
        for about in (None, project):
            choose(session, actor, project.centre, about, opened=True, reason="Decided.")
    page = reader.open(f"/public/en/{number}")
    assert page.status_code == 200
    assert "analyse.py" in words(page)
    assert sha256(CODE) in page.text
    content = reader.open(f"/public/files/{number}/{number}-2-analyse.py")
    assert content.content == CODE
    assert content.headers["content-disposition"].startswith("attachment")
    proof = reader.open(f"/public/proof/{number}").json()
    assert verify_proof(proof, {"analyse.py": content.content}, proof["public_key"]) is None
    assert [output["position"] for output in proof["record"]["outputs"]] == [1, 2]
