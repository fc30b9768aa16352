"""All the figures that the documents quote, as one JSON object: `docs/figures.json`."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psutil  # type: ignore[import-untyped] # it has no type hints

from tools.develop.bench import baselines, cold_start, lifecycle, pipeline
from tools.develop.bench.lifecycle import Drained
from tools.develop.stack import APP_ROOT

FILE = APP_ROOT / "docs" / "figures.json"
PLOT = APP_ROOT / "docs" / "images" / "requests.svg"
APP = "app"
_STEPS = {
    "bare_create": pipeline.BARE,
    "create": pipeline.CREATE,
    "duplicate": pipeline.DUPLICATE,
    "update": pipeline.UPDATE,
    "merge": pipeline.MERGE,
    "rules": pipeline.RULES,
}
_DIGITS = 3
# In the run with a quota, events arrive this many times as fast as Graph accepts requests.
_SHARE = 10

type Figures = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How much to measure. Rates are per second. `patience` is how many enrolments baselines handle under a quota."""

    cpu_events: int = 300
    cpu_rounds: int = 5
    enrolments: int = 100
    patience: int = 25
    rate: float = 40
    backlogs: Mapping[str, int] = field(default_factory=lambda: {"1k": 139, "10k": 1389})
    starts: int = 7
    before: str | None = None


async def cpu(size: Size) -> Figures:
    """Measure the CPU milliseconds of each step, and their ratios to a bare create."""
    rows = {row.name: row for row in await pipeline.run(size.cpu_events, size.cpu_rounds)}
    return {name: {"ms": rows[step].cpu_ms, "ratio": rows[step].ratio} for name, step in _STEPS.items()}


async def requests(size: Size) -> Figures:
    """Measure requests per event without a quota, and with a quota of a tenth of the rate of events."""
    figures: Figures = {}
    cases = {"free": (None, None, size.enrolments), "tenth": (size.rate, size.rate / _SHARE, size.patience)}
    for case, (rate, graph_rate, patience) in cases.items():
        app = await lifecycle.drain(size.enrolments, rate=rate, graph_rate=graph_rate)
        figures[case] = {APP: _of(app, size.enrolments)}
        for name, send in baselines.BASELINES.items():
            figures[case][name] = _of(await baselines.run(send, patience, graph_rate=graph_rate), patience)
    return figures


async def backlog(size: Size) -> Figures:
    """Measure what an event costs, and how long the oldest one waits, while a backlog is drained."""
    found = {name: await lifecycle.drain(enrolments) for name, enrolments in size.backlogs.items()}
    small, large = (found[name] for name in size.backlogs)
    return {
        **{name: {**_of(one, size.backlogs[name]), "cpu_ms": one.cpu_ms} for name, one in found.items()},
        "cpu_ratio": large.cpu_ms / small.cpu_ms,
        "requests_ratio": large.per_event / small.per_event,
    }


async def cold(size: Size) -> Figures:
    """Measure the CPU and wall seconds of a cold start, with and without bytecode."""
    found = await cold_start.run(size.starts, size.before)
    figures: Figures = {}
    for function, (old, new) in ((name, tuple(one.values())) for name, one in found.items()):
        figures[function] = {
            "before": {"cpu": old.cpu, "wall": old.wall},
            "package": {"cpu": new.cpu, "wall": new.wall, "loads_graph": new.graph},
            "ratio": new.wall / old.wall,
            "cpu_ratio": new.cpu / old.cpu,
        }
    return figures


PARTS = {"cpu": cpu, "requests": requests, "backlog": backlog, "cold_start": cold}


def machine() -> Figures:
    """Describe the machine that the figures were measured on."""
    return {"cpus": psutil.cpu_count(), "python": platform.python_version(), "system": platform.system()}


def rounded(value: object) -> object:
    """Return figures without digits that mean nothing."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    return round(value, _DIGITS) if isinstance(value, float) else value


def _of(one: Drained, enrolments: int) -> Figures:
    return {
        "events": one.events,
        "per_event": one.per_event,
        "refused": one.refused / one.requests,
        "right": one.right / enrolments,
        "seconds": one.seconds,
        "events_per_second": one.events / one.seconds,
        "oldest": one.oldest,
    }
