"""The worker's child inspects a file in a process of its own."""

from __future__ import annotations

import pytest

from api.requests.models import RequestState
from tests.api.flow import Flow
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


@pytest.mark.usefixtures("here")
def test_inspected_here_it_is_the_same(flow: Flow, files: Files) -> None:
    assert files.verdict(files.under_review())["file"]["kind"] == "python"
