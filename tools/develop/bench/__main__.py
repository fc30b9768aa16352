"""Measure what an event costs: requests to Graph, CPU, cold starts, and a backlog.

    python -m tools.develop.bench [PART ...] [--before REF] [--write]

It prints one table. `--write` writes the figures to `docs/figures.json`, draws them in `docs/images`, and updates the
documents that quote them. Parts that aren't measured keep their figures there. For cold starts, the package is compared
with one without bytecode. `--before` names the commit to build that one from.
"""

import argparse
import asyncio
import json
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from tools.develop.bench.figures import APP, FILE, PARTS, PLOT, Figures, Size, machine, rounded
from tools.develop.bench.plot import Chart, svg
from tools.develop.bench.quotes import updated
from tools.develop.stack import APP_ROOT

_NAMES = {
    APP: "this app",
    "post_every_event": "post every event",
    "get_then_write": "get, then post or patch",
    "free": "no throttling",
    "tenth": "Graph accepts a tenth of the rate",
}


async def measure(parts: list[str], size: Size, *, write: bool) -> Figures:
    """Measure some of the parts."""
    figures: Figures = {"machine": machine()}
    for name in parts:
        figures[name] = rounded(await PARTS[name](size))
        if write:
            store(figures)
    return figures


def store(figures: Figures) -> None:
    """Write the figures of the measured parts, draw the plot, and update the documents that quote figures."""
    known = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    known |= figures
    FILE.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    if "requests" in known:
        PLOT.write_text(svg(charts(known)), encoding="utf-8")
    for page in (*APP_ROOT.glob("*.md"), *(APP_ROOT / "docs").glob("*.md")):
        page.write_text(updated(page.read_text(encoding="utf-8"), known), encoding="utf-8")


def rows(figures: Figures) -> Iterator[tuple[str, str, str]]:
    """Yield the table's rows: part, what was measured, figures."""
    for case, found in figures.get("requests", {}).items():
        for name, one in found.items():
            text = f"{one['per_event']:.2f} per event, {one['refused']:.0%} refused, {one['right']:.0%} end up right"
            yield f"requests, {_NAMES[case]}", _NAMES[name], text
    for name, one in figures.get("cpu", {}).items():
        yield "CPU", name.replace("_", " "), f"{one['ms']:.2f} ms, {one['ratio']:.2f} x bare create"
    for name, one in figures.get("backlog", {}).items():
        text = (
            f"{one:.2f}"
            if isinstance(one, float)
            else f"per event {one['per_event']:.2f} requests and {one['cpu_ms']:.1f} ms of CPU; drained in "
            f"{one['seconds']:.0f} s, oldest event {one['oldest']:.0f} s"
        )
        yield "backlog", name.replace("_", " "), text
    for name, one in figures.get("cold_start", {}).items():
        old, new = one["before"], one["package"]
        text = f"{new['wall']:.2f} s, {new['cpu']:.2f} s of CPU"
        yield (
            "cold start",
            name,
            f"{text}; without bytecode {old['wall']:.2f} s, {old['cpu']:.2f} s: {one['ratio']:.2f} x",
        )


def charts(figures: Figures) -> list[Chart]:
    """Return the charts of requests per event."""
    return [
        Chart(f"Requests per event, {_NAMES[case]}", [(_NAMES[name], one["per_event"]) for name, one in found.items()])
        for case, found in figures["requests"].items()
    ]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument("--before", help="commit to use for the package without bytecode (default: this checkout)")
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name} and the plot")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"unknown part: {', '.join(sorted(unknown))}")
    parts = options.parts or list(PARTS)
    figures = asyncio.run(measure(parts, Size(before=options.before), write=options.write))
    table = Table("", "", "figures", title=f"{figures['machine']['cpus']} CPUs, Python {figures['machine']['python']}")
    for row in rows(figures):
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
