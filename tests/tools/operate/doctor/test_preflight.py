"""Before a deployment, wrong values are found where they are given."""

import pytest

from tests.tools.operate.conftest import Run

GUID = "13727311-e7bb-470d-8b20-6a23d9030d70"
SECRET = "c2VjcmV0LW9mLXNvbWVib2R5"


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of somebody who deploys: no account yet, and no sign-in."""
    for name in ("AzureWebJobsStorage", "AzureWebJobsStorage__accountName"):
        monkeypatch.delenv(name, raising=False)
    # Only this credential is tried, and it finds nothing: the test uses neither an Azure CLI nor the network.
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    return monkeypatch


async def wrong(run: Run) -> dict[str, str]:
    """Return what is wrong, each check with its fix."""
    ran = await run("doctor", "--preflight", "--json")
    assert ran.code == 1
    assert SECRET not in ran.out + ran.err
    return {finding["check"]: finding["fix"] for finding in ran.objects if not finding["ok"]}


async def test_good_values_leave_only_the_sign_in(run: Run, deployment: pytest.MonkeyPatch) -> None:
    """What the deployment would get from the environment is checked by the app's own rules."""
    deployment.setenv("LEARNING_PROVIDER_ID", GUID)
    found = await wrong(run)
    assert found.keys() - {"az"} == {"sign-in"}
    assert "az login" in found["sign-in"]


@pytest.mark.parametrize(
    ("name", "value", "check", "fix"),
    [
        ("LEARNING_PROVIDER_ID", "", "setting LEARNING_PROVIDER_ID", "at least 1 character"),
        ("LEARNING_PROVIDER_ID", "my provider", "LEARNING_PROVIDER_ID", "copy it again"),
        ("OPERATORS_GROUP_ID", "the operators", "OPERATORS_GROUP_ID", "copy it again"),
        ("LEASE_SECONDS", "2", "setting together", "GRAPH_DEADLINE_SECONDS"),
        ("LMS_SOURCES", '{"nobody": {}}', "formats", "no such format"),
        ("LMS_FORMATS_DIR", "no-such-folder", "formats", "no-such-folder"),
        ("WEBHOOKS", '{"lms": {"scheme": "basic"}}', "WEBHOOKS lms", "format"),
        ("WEBHOOKS", f"[{SECRET}", "WEBHOOKS", "cannot be read"),
    ],
)
async def test_a_wrong_value_is_named(  # noqa: PLR0913, PLR0917  the parts of a table
    run: Run, deployment: pytest.MonkeyPatch, name: str, value: str, check: str, fix: str
) -> None:
    """The check names the setting, and the fix says what is wrong, without the value of a secret."""
    deployment.setenv("LEARNING_PROVIDER_ID", GUID)
    deployment.setenv(name, value)
    assert fix in (await wrong(run))[check]
