"""The benchmarks measure what they say."""

import os
from collections.abc import Mapping
from unittest.mock import patch
from xml.etree import ElementTree as ET

import pytest

from tools.develop.bench import baselines
from tools.develop.bench.cold_figures import Figures, Start, medians
from tools.develop.bench.cold_start import EVENT, TIMER, start
from tools.develop.bench.lifecycle import drain, messages
from tools.develop.bench.pipeline import event
from tools.develop.bench.plan import measure
from tools.develop.bench.plot import Chart, svg
from tools.develop.simulator import Simulator
from tools.develop.stack import APP_ROOT

SVG = "{http://www.w3.org/2000/svg}"


def test_bars_have_lengths_in_proportion() -> None:
    """Another chart's bars too, so that charts can be compared. Texts are escaped."""
    two = [Chart("<this>", [("a & b", 1.0)]), Chart("that", [("c", 4.0)])]
    drawn = ET.fromstring(svg(two))  # noqa: S314  our own text
    widths = [float(bar.attrib["width"]) for bar in drawn.iter(f"{SVG}rect")]
    assert widths[1] == pytest.approx(4 * widths[0], abs=0.5)
    assert [text.text for text in drawn.iter(f"{SVG}text")] == ["<this>", "a & b", "1.00", "that", "c", "4.00"]


def test_the_load_is_the_same_each_time() -> None:
    """Six events per enrolment, in one random order, and a fifth of them twice."""
    events = messages(5)
    assert len(events) == 36
    assert events == messages(5)
    assert len({one["eventId"] for one in events}) == 30


def test_medians() -> None:
    """One slow start doesn't count."""
    starts = [Start(1.0, 2.0, 0.5, graph=False), Start(1.2, 2.2, 0.6, graph=False), Start(9.0, 9.0, 9.0, graph=True)]
    assert medians(starts) == Figures(1.2, 2.2, 0.6, graph=True)


async def test_a_cold_start_ends_with_an_acknowledged_activity(
    environment: Mapping[str, str], simulator: Simulator
) -> None:
    """The event's process loads Graph's library, and the timer's doesn't."""
    handled = await start(APP_ROOT, environment, EVENT, event(1, "assigned", 8).decode())
    beaten = await start(APP_ROOT, environment, TIMER, "{}")
    assert simulator.counts["create", "201"] == 1
    assert (handled.graph, beaten.graph) == (True, False)
    assert handled.cpu > handled.loaded > 0


async def test_the_app_and_the_baselines_handle_the_same_load() -> None:
    """The app ends with one completed activity each, and with fewer requests than events."""
    app = await drain(4)
    assert (app.events, app.right, app.refused) == (24, 4, 0)
    assert app.per_event < 1 < app.cpu_ms
    with patch.dict(os.environ):
        posts, looks = [await baselines.run(send, 4) for send in baselines.BASELINES.values()]
    assert (posts.requests, looks.requests) == (29, 58)


async def test_a_plan_of_more_rows_takes_no_more_memory() -> None:
    """Half of the larger plan's rows are already in the ledger, with other values."""
    small, large = await measure(2000)
    assert [(one.rows, one.new, one.changed) for one in (small, large)] == [(200, 0, 200), (2000, 1000, 1000)]
    assert large.megabytes < 1.1 * small.megabytes
