"""The files in infra/, changed for a test or as they are, and what the compiler says they deploy."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests import ROOT
from tests.infra.compiler import WHERE, compiler

REQUIRED = {"environmentName": "dev", "learningProviderId": "provider", "alertEmail": "team@example.org"}
STORAGE = "Microsoft.Storage/storageAccounts"
GROUP = f"/subscriptions/{WHERE['subscriptionId']}/resourceGroups/{WHERE['resourceGroup']}"
SITE = "Microsoft.Web/sites"
VAULT = "Microsoft.KeyVault/vaults"
# One sender for each way to configure secrets: several, none, and one that's being rotated.
WEBHOOKS = {
    "webhooks": {
        "moodle": {"scheme": "basic", "user": "lms", "format": "xapi"},
        "docebo": {"scheme": "header", "header": "X-Docebo-Token", "format": "docebo"},
        "canvas": {"scheme": "jwt", "keys": "https://keys.example.org/jwks", "issuer": None, "format": "canvas"},
    },
    "webhooksRotating": ["moodle", "canvas", "nobody"],
}
OFFICERS = {"vaultOfficersGroupId": "0c5b7f39-9d0e-4a4c-8a0b-2f6f2b1f7a55"}
OFFICE = {"ipAddress": "203.0.113.0/24", "action": "Allow", "priority": 100, "name": "lms"}
# Every value that changes an app setting, except the pilots and the mode, which have their own tests.
OPTIONAL = {"formatsFolder": "formats", "lmsSources": "sources", "retentionDays": 400, "pilotLearners": "a, b"}
LARGE = {"maximumInstanceCount": 40, "instanceMemoryMB": 4096}
EXAMPLE = "production.example.bicepparam"


@dataclass(frozen=True)
class Resource:
    """A resource as it would be created."""

    body: dict[str, Any]

    @property
    def type(self) -> str:
        """Return its type without the version."""
        kind: str = self.body["type"]
        return kind

    @property
    def path(self) -> str:
        """Return the names from the outermost resource to this one, or an expression if only Azure knows them."""
        name: str = self.body["name"]
        return name

    @property
    def name(self) -> str:
        """Return its own name."""
        return self.path if self.path.startswith("[") else self.path.rsplit("/", 1)[-1]

    @property
    def properties(self) -> dict[str, Any]:
        """Return its properties, which are empty if it has none."""
        properties: dict[str, Any] = self.body.get("properties", {})
        return properties

    @property
    def scope(self) -> str:
        """Return the id of the resource that it extends, or of the resource group."""
        own: str = self.body["id"]
        if own.startswith("["):
            extended = re.match(r"\[extensionResourceId\('([^']+)'", own)
            return extended[1] if extended else GROUP
        return own.rsplit("/providers/", 1)[0]


@dataclass(frozen=True)
class Deployment:
    """What would be deployed."""

    resources: list[Resource]
    outputs: dict[str, Any]

    def of_type(self, kind: str) -> list[Resource]:
        """Return the resources of a type."""
        return [resource for resource in self.resources if resource.type == kind]


@dataclass(frozen=True)
class Project:
    """The repository, with some of its files changed for a test. Paths are relative to its root."""

    changed: tuple[tuple[str, str], ...] = ()

    def read(self, path: str) -> str:
        """Return a file's text."""
        return dict(self.changed).get(path) or (ROOT / path).read_text()

    def but(self, path: str, old: str, new: str) -> "Project":
        """Return this project with one text replaced in one file."""
        text = self.read(path)
        assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
        return Project((*self.changed, (path, text.replace(old, new))))

    @property
    def smallest(self) -> Deployment:
        """Return what's deployed with only the required values in the environment."""
        return self.deployed(using="main.bicepparam")

    @property
    def production(self) -> Deployment:
        """Return what the production example deploys: with publisher, operators, and a private network."""
        return self.deployed(using=EXAMPLE)

    @property
    def largest(self) -> Deployment:
        """Return the same with everything that webhooks need. The vault is in the private network too."""
        return self.deployed({**WEBHOOKS, **OFFICERS}, using=EXAMPLE)

    @property
    def webhooks(self) -> Deployment:
        """Return webhooks in a public network from chosen callers, every optional app setting and a large scale."""
        return self.deployed({**REQUIRED, **WEBHOOKS, **OPTIONAL, **LARGE, "webhookAccessRestrictions": [OFFICE]})

    @property
    def no_operators(self) -> Deployment:
        """Return a private network, with nobody who operates the app, and no LMS that publishes."""
        return self.deployed({**REQUIRED, "privateNetwork": True})

    @property
    def every(self) -> Iterator[Deployment]:
        """Yield all of them, one after the other."""
        for name in ("largest", "webhooks", "smallest", "production", "no_operators"):
            yield getattr(self, name)

    @property
    def both(self) -> Iterator[Deployment]:
        """Yield the smallest and the largest."""
        yield self.smallest
        yield self.largest

    def deployed(self, given: dict[str, object] | None = None, *, using: str = "main.bicep") -> Deployment:
        """Return what a file in infra/ deploys, or what a parameter file makes of main.bicep, plus these parameters."""
        text = self.read(f"infra/{using}") if using.endswith("param") else f"using '{using}'\n"
        return _deployed(self.changed, text + parameters(given or {}))

    def in_environment(self, **values: str) -> Deployment:
        """Return what main.bicepparam deploys with these values in the environment."""
        text = self.read("infra/main.bicepparam")
        for name, value in values.items():
            text, found = re.subn(rf"readEnvironmentVariable\('{name}'[^)]*\)", f"'{value}'", text)
            assert found == 1, name
        return _deployed(self.changed, text)

    def permissions(self, **given: object) -> list[str]:
        """Return the ids of the Graph permissions that graph.bicep grants with these parameters."""
        granted = self.deployed(given, using="graph.bicep")
        return [str(role.properties["appRoleId"]) for role in granted.resources]

    def template(self, path: str) -> tuple[dict[str, Any], list[str]]:
        """Return a file's ARM template, and what the compiler says about it."""
        with _copied(self.changed) as folder:
            return compiler().template(folder / path)


def parameters(given: dict[str, object]) -> str:
    """Return the lines of a parameter file."""
    return "".join(f"param {name} = json('{json.dumps(value)}')\n" for name, value in given.items())


@lru_cache(maxsize=16)
def _deployed(changed: tuple[tuple[str, str], ...], text: str) -> Deployment:
    with _copied(changed) as folder:
        # Here only the values count. The linter costs a third of the time.
        config = json.loads((folder / "infra/bicepconfig.json").read_text())
        config["analyzers"]["core"]["enabled"] = False
        (folder / "infra/bicepconfig.json").write_text(json.dumps(config))
        given = folder / "infra/given.bicepparam"
        given.write_text(text)
        snapshot = compiler().snapshot(given)
    return Deployment([Resource(made) for made in snapshot["predictedResources"]], snapshot["outputs"])


@contextmanager
def _copied(changed: tuple[tuple[str, str], ...]) -> Iterator[Path]:
    """Copy infra/ to its own folder, with the changes."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "infra", folder / "infra")
        for path, text in changed:
            (folder / path).write_text(text)
        yield folder


def settings(deployed: Deployment) -> dict[str, str]:
    """Return a deployment's app settings."""
    (config,) = deployed.of_type(f"{SITE}/config")
    return config.properties
