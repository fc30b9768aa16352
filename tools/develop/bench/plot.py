"""Draw bar charts as SVG, without a library."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _LEFT, _BAR, _GAP, _HEAD = 760, 250, 18, 8, 34
_COLOURS = ("#2563eb", "#94a3b8", "#64748b")
# Readable on light and dark pages.
_TEXT = "#6b7280"


@dataclass(frozen=True)
class Chart:
    """One chart: a title, and a bar for each name. The first bar stands for the app."""

    title: str
    bars: Sequence[tuple[str, float]]
    unit: str = ""


def svg(charts: Sequence[Chart]) -> str:
    """Return the charts, one below the other and all on the same scale."""
    parts: list[str] = []
    largest = max(value for chart in charts for _, value in chart.bars)
    top = 0
    for chart in charts:
        parts += _drawn(chart, top, largest)
        top += _HEAD + len(chart.bars) * (_BAR + _GAP) + _GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" width="{_WIDTH}" height="{top}"'
    return "\n".join([f'{head} font-family="sans-serif" font-size="13" fill="{_TEXT}">', *parts, "</svg>", ""])


def _drawn(chart: Chart, top: int, largest: float) -> list[str]:
    """Return the elements of a chart whose upper edge is at `top`."""
    parts = [f'<text x="8" y="{top + 22}" font-weight="bold">{escape(chart.title)}</text>']
    for number, (name, value) in enumerate(chart.bars):
        y = top + _HEAD + number * (_BAR + _GAP)
        width = round((_WIDTH - _LEFT - 90) * value / largest, 1)
        label = escape(f"{value:.2f} {chart.unit}".strip())
        parts += [
            f'<text x="{_LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{_LEFT}" y="{y}" width="{width}" height="{_BAR}" rx="2" fill="{_COLOURS[min(number, 2)]}"/>',
            f'<text x="{_LEFT + width + 6}" y="{y + 14}">{label}</text>',
        ]
    return parts
