"""The documents quote the figures that were measured."""

import json
import re
from pathlib import Path

import pytest

from tests import ROOT
from tests.docs.test_paths import PAGES
from tools.develop.bench.__main__ import charts, rows
from tools.develop.bench.figures import FILE, PARTS, PLOT
from tools.develop.bench.plot import svg
from tools.develop.bench.quotes import QUOTE, quoted, updated

FIGURES = json.loads(FILE.read_text(encoding="utf-8"))
QUOTES = [(page, *quote) for page in PAGES for quote in QUOTE.findall(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("page", "name", "text"), QUOTES, ids=[f"{page.stem}-{name}" for page, name, _ in QUOTES])
def test_a_quote_is_what_was_measured(page: Path, name: str, text: str) -> None:
    """A page may round a figure but not change it."""
    assert quoted(FIGURES, name, text) == text, page


def test_what_is_marked_as_a_figure_is_read() -> None:
    """No mark is misspelled, and the capacity page has figures from every part."""
    marks = sum(page.read_text(encoding="utf-8").count("<!-- figure") for page in PAGES)
    assert marks == len(QUOTES)
    assert {name.split(".")[0] for page, name, _ in QUOTES if page.stem == "capacity"} == set(PARTS)


def test_a_document_is_brought_up_to_date() -> None:
    """A figure keeps its number of decimals, and an unmeasured one stays."""
    marks = {"a.b": "1.0", "a.c": "5%", "d.e": "1"}
    text = " ".join(f"<!-- figure: {name} -->{value}<!-- /figure -->" for name, value in marks.items())
    after = text.replace("1.0", "2.3").replace("5%", "12%")
    assert updated(text, {"a": {"b": 2.345, "c": 0.123}}) == after


def test_the_plot_shows_the_figures() -> None:
    """The plot was drawn from the figures that the pages quote."""
    assert PLOT.read_text(encoding="utf-8") == svg(charts(FIGURES))


def test_the_table_shows_every_part() -> None:
    """`make bench` prints a line for each part."""
    assert {part.split(",")[0] for part, _, _ in rows(FIGURES)} == {"requests", "CPU", "backlog", "cold start"}


def test_nobody_calls_a_quota_published() -> None:
    """Microsoft publishes no quota for these requests, so no text may say that it does."""
    texts = [*PAGES, *(ROOT / "infra").rglob("*.json"), *(ROOT / "tools").rglob("*.py")]
    claims = re.compile(r"(?i)published (quota|limit|rate)|(quota|limit|rate) (is|was) published")
    found = [path for path in texts if "node_modules" not in path.parts and claims.search(path.read_text("utf-8"))]
    assert found == []


def test_the_figures_of_the_assumed_quota_are_called_assumed() -> None:
    """A paragraph that names them says so."""
    for page in PAGES:
        for paragraph in page.read_text(encoding="utf-8").split("\n\n"):
            if re.search(r"500 requests (in|per) 10 minutes", paragraph):
                assert "assumed" in paragraph, f"{page}: {paragraph}"
