"""Until requests know noise, a question with noise shows nobody a true number."""

from __future__ import annotations

from api.requests.models import RequestState
from tests.api.flow import FINE, Flow, find


def test_a_request_with_noise_comes_back_without_a_verdict(flow: Flow) -> None:
    number = flow.submit(FINE | {"noise": {"epsilon": 1}})
    assert flow.judge(number) is RequestState.RETURNED
    with flow.database.reading() as session:
        request = find(session, number)
        assert request.outputs[0].verdict is None
        assert "not judged by the rules" in request.history[-1].reason.en
