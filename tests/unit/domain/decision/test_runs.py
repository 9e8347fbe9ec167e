"""The states of runs."""

from __future__ import annotations

import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from arbitragevault.domain.decision.runs import (
    ALLOWED,
    FINAL,
    UNFINISHED,
    RunState,
    check_transition,
)
from arbitragevault.domain.errors import ConflictError


def test_every_state_has_rules_and_is_either_final_or_not() -> None:
    assert set(ALLOWED) == set(RunState)
    assert set(RunState) == FINAL | UNFINISHED
    assert not FINAL & UNFINISHED
    assert {state for state in RunState if state.is_final} == FINAL


def test_from_every_unfinished_state_a_run_can_end() -> None:
    for state in UNFINISHED:
        assert ALLOWED[state] & FINAL == ALLOWED[state] - UNFINISHED
        assert {RunState.FAILED, RunState.CANCELLED} <= ALLOWED[state]


def test_success_is_the_end() -> None:
    with pytest.raises(ConflictError, match="succeeded cannot become queued; possible is nothing"):
        check_transition(RunState.SUCCEEDED, RunState.QUEUED)


def test_a_refusal_names_what_is_possible() -> None:
    with pytest.raises(ConflictError, match="cancelled cannot become running; possible is queued"):
        check_transition(RunState.CANCELLED, RunState.RUNNING)


class Runs(RuleBasedStateMachine):
    """Whatever is tried, a run can always still be brought to an end."""

    def __init__(self) -> None:
        super().__init__()
        self.state = RunState.QUEUED

    def go(self, wanted: RunState) -> None:
        before = self.state
        try:
            check_transition(before, wanted)
        except ConflictError:
            assert wanted not in ALLOWED[before]
        else:
            self.state = wanted

    @rule()
    def work(self) -> None:
        self.go(RunState.RUNNING)

    @rule()
    def run_dry(self) -> None:
        self.go(RunState.WAITING_TOKENS)

    @rule()
    def succeed(self) -> None:
        self.go(RunState.SUCCEEDED)

    @rule()
    def fail(self) -> None:
        self.go(RunState.FAILED)

    @rule()
    def cancel(self) -> None:
        self.go(RunState.CANCELLED)

    @rule()
    def resume(self) -> None:
        self.go(RunState.QUEUED)

    @invariant()
    def can_end(self) -> None:
        assert self.state.is_final or RunState.CANCELLED in ALLOWED[self.state]


TestRuns = Runs.TestCase
