"""The worker's child inspects a file in a process of its own."""

from __future__ import annotations

import pytest

from api.jobs.worker import Worker
from api.requests.models import RequestState
from tests.api.flow import FINE, Flow
from tests.api.inspection.files import Files
from tests.output_checker.files.makers import BENIGN


def test_a_picture_is_judged_apart(flow: Flow, files: Files) -> None:
    assert files.verdict(files.under_review("figuur.png", BENIGN["figuur.png"]))["outcome"] == "review"


def test_a_file_that_takes_too_long_comes_back(flow: Flow, files: Files) -> None:
    hurried = flow.settings.model_copy(update={"inspection_seconds": 0.01})
    number = files.submit(("analyse.py", b"x = 1\n"))
    flow.settings = hurried
    assert flow.judge(number) is RequestState.RETURNED
    assert [finding["rule"] for finding in files.verdict(number)["findings"]] == ["not_inspected"]


def test_the_worker_judges_tables_and_files_of_one_request(flow: Flow, files: Files) -> None:
    number = flow.submit_document(
        {"outputs": [{"query": FINE}, files.asked("figuur.png", BENIGN["figuur.png"])]}
    )
    worker = Worker(flow.settings)
    assert worker.step()
    worker.database.dispose()
    assert flow.state(number) is RequestState.UNDER_REVIEW
    assert files.verdict(number, 2)["file"]["kind"] == "png"


@pytest.mark.usefixtures("here")
def test_inspected_here_it_is_the_same(flow: Flow, files: Files) -> None:
    assert files.verdict(files.under_review())["file"]["kind"] == "python"
