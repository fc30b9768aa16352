"""The code keeps to its rooms."""

import subprocess
import sys
from graphlib import TopologicalSorter

import pytest

from tests import ROOT
from tests.activities.rooms import ALLOWED, LIBRARIES, imported_at_once, modules, room

PRODUCT = modules("activities")
TOOLS = modules("tools")


def test_rooms_import_what_the_table_says() -> None:
    """Every import between two rooms is in the table, and the table has no others."""
    inside = {name: imported for name, imported in PRODUCT.items() if "." in name}
    imported = {(room(one), room(other)) for one, names in inside.items() for other in names & inside.keys()}
    assert {(one, other) for one, other in imported if one != other} == {
        (one, other) for one, others in ALLOWED.items() for other in others
    }
    assert {room(module) for module in inside} == set(ALLOWED)
    assert not PRODUCT["activities"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_imported_only_in_its_rooms(library: str) -> None:
    """An external library's errors and changes are dealt with in one place."""
    assert LIBRARIES[library] == {
        room(module)
        for module, names in PRODUCT.items()
        for name in names
        if name == library or name.startswith((f"{library}.", f"{library}_"))
    }


def test_the_product_does_not_import_tools() -> None:
    """What's deployed doesn't depend on what isn't."""
    assert not [name for names in PRODUCT.values() for name in names if name.split(".")[0] in {"tools", "tests"}]


def test_tools_of_operators_do_not_import_tools_of_developers() -> None:
    """What runs against production doesn't depend on the simulators."""
    operate = {module: names for module, names in TOOLS.items() if module.startswith("tools.operate")}
    assert operate
    assert not [name for names in operate.values() for name in names if name.startswith("tools.develop")]


def test_imports_are_not_circular() -> None:
    """No module of the product, the tools or the tests imports itself by way of others."""
    everything = {**PRODUCT, **TOOLS, **modules("tests")}
    sorter = TopologicalSorter(
        {module: (names & everything.keys()) - _packages_around(module) for module, names in everything.items()}
    )
    assert len(list(sorter.static_order())) == len(everything)


def _packages_around(module: str) -> set[str]:
    """Return the module and the packages that contain it, which gather what their modules offer."""
    parts = module.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts) + 1)}


@pytest.mark.parametrize("module", ["intake.parse", "domain.desired", "domain.retry_policy", "sync.reconcile"])
def test_rules_load_no_cloud_client(module: str) -> None:
    """The rules can be understood and tested without anything that uses the network."""
    program = f"import sys, activities.{module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    clients = ("azure.", "msgraph", "kiota", "httpx", "aiohttp")
    assert not [name for name in loaded.stdout.split() if name.startswith(clients)]


@pytest.mark.parametrize("module", ["loading", "door", "pulse"])
def test_the_door_and_the_timer_load_neither_graph_nor_the_formats(module: str) -> None:
    """Senders give up after five seconds, which may include the process's start. The timer's starts most often."""
    program = f"import sys, activities.{module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    slow = (
        "msgraph",
        "kiota",
        "httpx",
        "jmespath",
        "activities.graph.client",
        "activities.sync.reconcile",
        "activities.intake.formats",
    )
    assert not [name for name in loaded.stdout.split() if name.startswith(slow)]


def test_the_triggers_load_what_they_need_when_they_need_it() -> None:
    """A process has one group's functions, and doesn't load what the other groups need."""
    imported = imported_at_once(ROOT / "function_app.py")
    assert {name for name in imported if name.startswith("activities.")} == {"activities.loading"}
