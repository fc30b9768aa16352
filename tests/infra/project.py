"""The files under test, and the deployments that they describe."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from tests import ROOT
from tests.infra.deployment import Deployment, deployment, parameters

ENVIRONMENT = {"AZURE_ENV_NAME": "dev", "LEARNING_PROVIDER_ID": "provider", "ALERT_EMAIL": "team@example.org"}
REQUIRED = {"environmentName": "dev", "learningProviderId": "provider", "alertEmail": "team@example.org"}
STORAGE = "Microsoft.Storage/storageAccounts"
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
OFFICERS = "0c5b7f39-9d0e-4a4c-8a0b-2f6f2b1f7a55"
PRINCIPAL = "2f1d7f2e-7d3b-4a55-9c0e-0a6c7d1e5b42"


@dataclass(frozen=True)
class Project:
    """The repository, with some of its files changed for a test. Paths are relative to its root."""

    changed: tuple[tuple[str, str], ...] = ()

    def read(self, path: str) -> str:
        """The text of a file."""
        parts: list[str] = []
        for part in PurePosixPath(path).parts:
            parts = parts[:-1] if part == ".." else [*parts, part]
        name = "/".join(parts)
        return dict(self.changed).get(name) or (ROOT / name).read_text()

    def but(self, path: str, old: str, new: str) -> "Project":
        """This project with one text replaced in one file."""
        text = self.read(path)
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path}"
        return Project((*self.changed, (path, text.replace(old, new))))

    @cached_property
    def smallest(self) -> Deployment:
        """What is deployed with only the required values."""
        return self.deployed(parameters("infra/main.bicepparam", self.read, ENVIRONMENT))

    @cached_property
    def largest(self) -> Deployment:
        """What the production example deploys, and all that webhooks need."""
        return self.deployed({**self.example, **WEBHOOKS, "vaultOfficersGroupId": OFFICERS})

    @property
    def example(self) -> dict[str, object]:
        """The parameters of the production example: with publisher, operators and private network."""
        return parameters("infra/production.example.bicepparam", self.read, {})

    @cached_property
    def both(self) -> list[Deployment]:
        """The smallest and the largest deployment."""
        return [self.smallest, self.largest]

    def deployed(self, given: dict[str, object]) -> Deployment:
        """What main.bicep deploys with these parameters."""
        return deployment("infra/main.bicep", self.read, given)

    def permissions(self, **given: object) -> list[str]:
        """The ids of the Graph permissions that graph.bicep grants with these parameters."""
        granted = deployment("infra/graph.bicep", self.read, {"principalId": PRINCIPAL, **given})
        return [role.body["appRoleId"] for role in granted.of_type("Microsoft.Graph/appRoleAssignedTo")]


def settings(deployed: Deployment) -> dict[str, str]:
    """The app settings of a deployment."""
    (config,) = deployed.of_type(f"{SITE}/config")
    return config.properties
