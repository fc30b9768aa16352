"""The files in infra/, changed for a test or as they are, and what the compiler says that they deploy."""

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
# One sender for each way to hold a secret: several, none, and one that is being rotated.
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
# Every value that changes an app setting, except the pilots and the mode, which have tests of their own.
OPTIONAL = {"formatsFolder": "formats", "lmsSources": "sources", "retentionDays": 400, "pilotLearners": "a, b"}
LARGE = {"maximumInstanceCount": 40, "instanceMemoryMB": 4096}
EXAMPLE = "production.example.bicepparam"


@dataclass(frozen=True)
class Resource:
    """A resource as it would be created."""

    body: dict[str, Any]

    @property
    def type(self) -> str:
        """Its type without the version."""
        kind: str = self.body["type"]
        return kind

    @property
    def path(self) -> str:
        """The names from the outermost resource to this one; an expression in brackets if only Azure knows them."""
        name: str = self.body["name"]
        return name

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path if self.path.startswith("[") else self.path.rsplit("/", 1)[-1]

    @property
    def properties(self) -> dict[str, Any]:
        """Its properties; empty if it has none."""
        properties: dict[str, Any] = self.body.get("properties", {})
        return properties

    @property
    def scope(self) -> str:
        """The id of the resource that it extends, or of the resource group."""
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
        """The resources of a type."""
        return [resource for resource in self.resources if resource.type == kind]


@dataclass(frozen=True)
class Project:
    """The repository, with some of its files changed for a test. Paths are relative to its root."""

    changed: tuple[tuple[str, str], ...] = ()

    def read(self, path: str) -> str:
        """The text of a file."""
        return dict(self.changed).get(path) or (ROOT / path).read_text()

    def but(self, path: str, old: str, new: str) -> "Project":
        """This project with one text replaced in one file."""
        text = self.read(path)
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path}"
        return Project((*self.changed, (path, text.replace(old, new))))

    @property
    def smallest(self) -> Deployment:
        """What is deployed with only the required values in the environment."""
        return self.deployed(using="main.bicepparam")

    @property
    def production(self) -> Deployment:
        """What the production example deploys: with publisher, operators, and a private network."""
        return self.deployed(using=EXAMPLE)

    @property
    def largest(self) -> Deployment:
        """The same, and all that webhooks need: the vault is in the private network too."""
        return self.deployed({**WEBHOOKS, **OFFICERS}, using=EXAMPLE)

    @property
    def webhooks(self) -> Deployment:
        """Webhooks in a public network from chosen callers, every app setting that may be absent, and a large scale."""
        return self.deployed({**REQUIRED, **WEBHOOKS, **OPTIONAL, **LARGE, "webhookAccessRestrictions": [OFFICE]})

    @property
    def no_operators(self) -> Deployment:
        """A private network, with nobody who operates the app, and no LMS that publishes."""
        return self.deployed({**REQUIRED, "privateNetwork": True})

    @property
    def every(self) -> Iterator[Deployment]:
        """All of them, one after the other."""
        for name in ("largest", "webhooks", "smallest", "production", "no_operators"):
            yield getattr(self, name)

    @property
    def both(self) -> Iterator[Deployment]:
        """The smallest and the largest."""
        yield self.smallest
        yield self.largest

    def deployed(self, given: dict[str, object] | None = None, *, using: str = "main.bicep") -> Deployment:
        """What a file in infra/ deploys, or what a parameter file makes of main.bicep, with these parameters too."""
        text = self.read(f"infra/{using}") if using.endswith("param") else f"using '{using}'\n"
        return _deployed(self.changed, text + parameters(given or {}))

    def in_environment(self, **values: str) -> Deployment:
        """What main.bicepparam deploys with these values in the environment."""
        text = self.read("infra/main.bicepparam")
        for name, value in values.items():
            text, found = re.subn(rf"readEnvironmentVariable\('{name}'[^)]*\)", f"'{value}'", text)
            assert found == 1, name
        return _deployed(self.changed, text)

    def permissions(self, **given: object) -> list[str]:
        """The ids of the Graph permissions that graph.bicep grants with these parameters."""
        granted = self.deployed(given, using="graph.bicep")
        return [str(role.properties["appRoleId"]) for role in granted.resources]

    def template(self, path: str) -> tuple[dict[str, Any], list[str]]:
        """The ARM template of a file, and what the compiler says about it."""
        with _copied(self.changed) as folder:
            return compiler().template(folder / path)


def parameters(given: dict[str, object]) -> str:
    """The lines of a parameter file."""
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
    """Copy infra/ to a folder of its own, with the changes."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "infra", folder / "infra")
        for path, text in changed:
            (folder / path).write_text(text)
        yield folder


def settings(deployed: Deployment) -> dict[str, str]:
    """The app settings of a deployment."""
    (config,) = deployed.of_type(f"{SITE}/config")
    return config.properties
