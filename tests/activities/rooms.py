"""The rooms of the code: which may import which, and which libraries they may import."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests import ROOT

# Each room of the product, and the other rooms that it imports.
ALLOWED: dict[str, set[str]] = {
    "domain": set(),
    "setting_rules": set(),
    "settings": {"setting_rules"},
    "loading": {"settings", "storage"},
    "telemetry": {"domain"},
    "intake": {"domain"},
    "sync": {"domain", "telemetry"},
    "graph": {"domain", "settings", "telemetry"},
    "storage": {"domain", "settings", "telemetry"},
    "guard": {"domain", "sync", "telemetry"},
    "handler": {"domain", "guard", "intake", "sync", "telemetry"},
    "webhooks": {"intake", "telemetry"},
    "door": {"intake", "settings", "storage", "telemetry", "webhooks"},
    "pulse": {"graph", "settings", "storage", "telemetry"},
    "service": {"domain", "graph", "handler", "intake", "settings", "storage", "sync", "telemetry", "webhooks"},
}
# Each library that's limited to certain rooms, and these rooms.
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
    "aiohttp": {"webhooks"},
    "jwt": {"webhooks"},
    "standardwebhooks": {"webhooks"},
    "opentelemetry": {"telemetry", "graph"},
    "pydantic_settings": {"settings"},
}


def modules(*folders: str) -> dict[str, set[str]]:
    """Return every module below these folders, and the names that it imports anywhere in its text."""
    found: dict[str, set[str]] = {}
    for path in [path for folder in folders for path in (ROOT / folder).rglob("*.py")]:
        if "node_modules" not in path.parts:
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = set(_imports(path))
    return found


def imported_at_once(path: Path) -> set[str]:
    """Return the modules that a file imports as soon as it's loaded itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {str(node.module) for node in tree.body if isinstance(node, ast.ImportFrom)}


def room(module: str) -> str:
    """Return the room of a module of the product."""
    return module.split(".")[1]


def _imports(path: Path) -> Iterator[str]:
    """Yield the names that a file imports: modules, and their contents, which may be modules too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write the import with its absolute name"
            yield str(node.module)
            yield from (f"{node.module}.{one.name}" for one in node.names)
