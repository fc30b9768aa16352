"""When Graph is in trouble: several 5xx in a row."""

import pytest

from activities.domain.errors import Throttled
from activities.graph.circuit import IN_A_ROW, Circuit


def test_trouble_opens_the_circuit_only_after_several_in_a_row() -> None:
    """A success in between starts the count again."""
    circuit = Circuit()
    for _ in range(3):
        for _ in range(IN_A_ROW - 1):
            circuit.failed(0.0)
        circuit.check(0.0)
        circuit.succeeded()
    for _ in range(IN_A_ROW):
        circuit.failed(0.0)
    assert left(circuit, 0.4) == pytest.approx(0.6)


def test_probes_come_after_a_second_and_then_ever_later() -> None:
    """One request finds out. While it's under way, nothing else is sent for a while."""
    circuit, now, pauses = Circuit(), 0.0, list[float]()
    for _ in range(IN_A_ROW):
        circuit.failed(now)
    for _ in range(7):
        pauses.append(left(circuit, now))
        now += pauses[-1]
        circuit.check(now)
        circuit.admitted(now)
        assert left(circuit, now) == min(2 * pauses[-1], 30)
        circuit.failed(now)
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_a_success_closes_the_circuit() -> None:
    """After that, new trouble starts with a second again."""
    circuit = Circuit()
    for _ in range(IN_A_ROW):
        circuit.failed(0.0)
    circuit.admitted(1.0)
    circuit.failed(1.0)
    circuit.succeeded()
    circuit.check(1.0)
    circuit.admitted(1.0)
    circuit.check(1.0)
    for _ in range(IN_A_ROW):
        circuit.failed(1.0)
    assert left(circuit, 1.0) == 1


def test_failures_that_come_together_count_once() -> None:
    """Requests that were under way when the circuit opened don't make the pause longer."""
    circuit = Circuit()
    for _ in range(12):
        circuit.failed(0.0)
    assert left(circuit, 0.0) == 1


def left(circuit: Circuit, now: float) -> float:
    """Return for how many seconds requests are refused."""
    with pytest.raises(Throttled) as refused:
        circuit.check(now)
    assert refused.value.after is not None
    return refused.value.after
