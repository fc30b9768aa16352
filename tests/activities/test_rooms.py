"""The rooms of the code, and which may import which."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests import ROOT

# Each room of the product, and the rooms that it may import besides itself.
ALLOWED: dict[str, set[str]] = {
    "domain": set(),
    "settings": set(),
    "telemetry": {"domain"},
    "intake": {"domain"},
    "sync": {"domain"},
    "graph": {"domain", "settings", "telemetry"},
    "storage": {"domain", "settings", "telemetry"},
    "handler": {"domain", "intake", "sync", "telemetry"},
    "service": {"domain", "graph", "handler", "intake", "settings", "storage", "sync", "telemetry"},
}
# Each library that only some rooms may import, and these rooms.
LIBRARIES: dict[str, set[str]] = {
    "msgraph": {"graph"},
    "msgraph_core": {"graph"},
    "kiota": {"graph"},
    "httpx": {"graph"},
    "azure.identity": {"graph", "storage"},
    "azure.core": {"graph", "storage"},
    "azure.data": {"storage"},
    "azure.storage": {"storage"},
    "jmespath": {"intake"},
    "opentelemetry": {"telemetry", "graph"},
}


def modules(*folders: str) -> dict[str, set[str]]:
    """Every module below these folders, and the modules that it imports anywhere in its text."""
    found: dict[str, set[str]] = {}
    for path in [path for folder in folders for path in (ROOT / folder).rglob("*.py")]:
        if "node_modules" not in path.parts:
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = set(imports(path))
    return found


def imports(path: Path) -> Iterator[str]:
    """The names that a file imports: modules, and what comes from them, which may be modules too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield str(node.module)
            yield from (f"{node.module}.{one.name}" for one in node.names)


PRODUCT = modules("activities")
TOOLS = modules("tools")


def room(module: str) -> str:
    """The room of a module of the product."""
    return module.split(".")[1]


def test_rooms_import_only_what_they_may() -> None:
    """The architecture is what the table says: nothing is imported that it does not allow."""
    imported = {
        (room(module), room(name))
        for module, names in PRODUCT.items()
        for name in names & PRODUCT.keys()
        if "." in module and "." in name and room(module) != room(name)
    }
    assert imported <= {(one, other) for one, others in ALLOWED.items() for other in others}
    assert {room(module) for module in PRODUCT if "." in module} == set(ALLOWED)


def test_libraries_are_imported_only_where_they_may_be() -> None:
    """Each foreign library has its room, so that its errors and its changes are met in one place."""
    for library, rooms in LIBRARIES.items():
        found = {
            room(module)
            for module, names in PRODUCT.items()
            for name in names
            if name == library or name.startswith((f"{library}.", f"{library}_"))
        }
        assert found <= rooms, library
        assert found, f"{library} is not imported anywhere: take it out of the table"


def test_the_product_does_not_import_tools() -> None:
    """What is deployed does not depend on what is not."""
    assert not [name for names in PRODUCT.values() for name in names if name.split(".")[0] in {"tools", "tests"}]


def test_operators_tools_do_not_import_developers_tools() -> None:
    """What runs against production does not depend on the simulators."""
    operate = {module: names for module, names in TOOLS.items() if module.startswith("tools.operate")}
    assert operate
    assert not [name for names in operate.values() for name in names if name.startswith("tools.develop")]


def test_there_is_no_circle() -> None:
    """No module imports itself by way of others."""
    everything = {**PRODUCT, **TOOLS, **modules("tests")}
    packages = {name for name in everything if any(other.startswith(f"{name}.") for other in everything)}
    sorter = TopologicalSorter(
        # A package's own module gathers what its modules offer.
        {
            module: names & everything.keys() - {module} - _around(module, packages)
            for module, names in everything.items()
        }
    )
    assert len(list(sorter.static_order())) == len(everything)


def _around(module: str, packages: set[str]) -> set[str]:
    return {package for package in packages if module.startswith(f"{package}.")}


@pytest.mark.parametrize("module", ["intake.parse", "domain.desired", "domain.retry_policy", "sync.reconcile"])
def test_what_decides_loads_no_cloud_client(module: str) -> None:
    """It can be understood and tested without anything that talks to the network."""
    program = f"import sys, activities.{module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in loaded if name.startswith(("azure.", "msgraph", "kiota", "httpx", "aiohttp"))]
