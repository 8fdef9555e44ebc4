"""The table of states: complete, with one owner each, and no way around the duties that must be apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import ConflictError
from api.requests.models import RequestState
from api.requests.states import (
    IN_REVIEW,
    STATE_OWNERS,
    TRANSITIONS,
    Party,
    check_lawful,
    is_lawful,
    next_step_in,
)

FINAL = {RequestState.REJECTED, RequestState.WITHDRAWN, RequestState.REVOKED}


def test_every_state_has_one_owner_and_words_about_what_comes_next() -> None:
    assert set(STATE_OWNERS) == set(RequestState)
    for state in RequestState:
        words = next_step_in(state)
        assert words.nl
        assert words.en
        assert words.nl != words.en


def test_every_step_is_there_once_and_of_somebody() -> None:
    steps = [step for step in TRANSITIONS if step.after is not RequestState.REVOKED]
    pairs = [(step.before, step.after) for step in steps]
    assert len(pairs) == len(set(pairs))
    assert Party.NOBODY not in {step.by for step in TRANSITIONS}


def test_steps_are_of_the_owner_and_only_a_withdrawal_is_of_the_author() -> None:
    for step in TRANSITIONS:
        if step.after is RequestState.WITHDRAWN:
            assert step.by is Party.AUTHOR
        elif step.after is not RequestState.REVOKED:
            assert step.by is STATE_OWNERS[step.before]


def test_administrators_and_checkers_revoke_and_nobody_else() -> None:
    revoking = {(step.before, step.by) for step in TRANSITIONS if step.after is RequestState.REVOKED}
    assert revoking == {
        (RequestState.RELEASED, Party.ADMINISTRATOR),
        (RequestState.RELEASED, Party.CHECKER),
    }


def test_final_states_are_those_that_nobody_owns() -> None:
    assert {state for state, owner in STATE_OWNERS.items() if owner is Party.NOBODY} == FINAL
    assert FINAL.isdisjoint(step.before for step in TRANSITIONS)


def test_every_state_can_be_reached_and_every_open_one_can_end() -> None:
    def reach(start: RequestState, *, backwards: bool) -> set[RequestState]:
        found = {start}
        while True:
            more = {
                (step.before if backwards else step.after)
                for step in TRANSITIONS
                if (step.after if backwards else step.before) in found
            } - found
            if not more:
                return found
            found |= more

    assert reach(RequestState.DRAFT, backwards=False) == set(RequestState)
    ending = set().union(*(reach(state, backwards=True) for state in FINAL))
    assert ending == set(RequestState)


def test_checkers_are_the_only_people_who_bring_a_request_towards_release() -> None:
    """Beside them only the service does, straight from a verdict: where a policy decides."""
    for step in TRANSITIONS:
        if step.after in {RequestState.ONE_REVIEW_IN, RequestState.REVIEWED}:
            assert step.by is Party.CHECKER
            assert step.before in IN_REVIEW
        if step.after is RequestState.APPROVED:
            assert step.before in {RequestState.REVIEWED, RequestState.JUDGING}
            assert step.by is Party.SYSTEM
        if step.after is RequestState.RELEASED:
            assert step.before is RequestState.APPROVED


@given(before=st.sampled_from(RequestState), after=st.sampled_from(RequestState), by=st.sampled_from(Party))
def test_what_is_not_in_the_table_is_refused(before: RequestState, after: RequestState, by: Party) -> None:
    listed = any((step.before, step.after, step.by) == (before, after, by) for step in TRANSITIONS)
    assert is_lawful(before, after, by) is listed
    if listed:
        check_lawful(before, after, by)
    else:
        with pytest.raises(ConflictError) as refused:
            check_lawful(before, after, by)
        assert refused.value.status == 409
