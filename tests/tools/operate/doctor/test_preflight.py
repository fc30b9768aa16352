"""Before a deployment, wrong values are found where they're set."""

import pytest

from tests.tools.operate.conftest import Run
from tools.develop.simulator import Simulator

GUID = "13727311-e7bb-470d-8b20-6a23d9030d70"
SECRET = "c2VjcmV0LW9mLXNvbWVib2R5"


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of somebody who's about to deploy: no account yet, and no sign-in."""
    for name in ("AzureWebJobsStorage", "AzureWebJobsStorage__accountName"):
        monkeypatch.delenv(name, raising=False)
    # Only this credential is tried, and it finds nothing, so the test uses neither Azure CLI nor the network.
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    return monkeypatch


async def wrong(run: Run) -> dict[str, str]:
    """Return the checks that failed, each with its fix."""
    ran = await run("doctor", "--preflight", "--json")
    assert ran.code == 1
    assert SECRET not in ran.out + ran.err
    return {finding["check"]: finding["fix"] for finding in ran.objects if not finding["ok"]}


async def test_good_values_leave_only_the_sign_in(run: Run, deployment: pytest.MonkeyPatch) -> None:
    """The app's own rules check the values that the deployment would take from the environment."""
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
        ("LEASE_SECONDS", "2", "setting combination", "GRAPH_DEADLINE_SECONDS"),
        ("LMS_SOURCES", '{"nobody": {}}', "formats", "no such format"),
        ("LMS_FORMATS_DIR", "no-such-folder", "formats", "no-such-folder"),
        ("WEBHOOKS", '{"lms": {"scheme": "basic"}}', "WEBHOOKS lms", "format"),
        ("WEBHOOKS", f"[{SECRET}", "WEBHOOKS", "cannot be read"),
    ],
)
async def test_a_wrong_value_is_named(  # noqa: PLR0913, PLR0917  the parts of a table
    run: Run, deployment: pytest.MonkeyPatch, name: str, value: str, check: str, fix: str
) -> None:
    """The check names the setting, and the fix says what's wrong without showing a secret's value."""
    deployment.setenv("LEARNING_PROVIDER_ID", GUID)
    deployment.setenv(name, value)
    assert fix in (await wrong(run))[check]


@pytest.fixture
def directory(simulator: Simulator, deployment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The same environment, but signed in to a directory that has the app's identity."""
    for name, value in simulator.environment.items():
        deployment.setenv(name, value)
    deployment.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    deployment.setenv("identityPrincipalId", simulator.config.identity_id)
    return deployment


async def permissions(run: Run) -> dict[str, tuple[bool, str]]:
    """Return what the checks say about permissions: whether each is fine, and the fix."""
    ran = await run("doctor", "--preflight", "--json")
    found = {finding["check"]: (finding["ok"], finding["fix"]) for finding in ran.objects}
    return {check: said for check, said in found.items() if "permission" in check or check == "identityPrincipalId"}


async def test_permissions_wait_for_the_identity(run: Run, deployment: pytest.MonkeyPatch) -> None:
    """As long as there's no identity, the check says when it can be run."""
    deployment.setenv("LEARNING_PROVIDER_ID", GUID)
    ((ok, fix),) = (await permissions(run)).values()
    assert ok
    assert "identityPrincipalId" in fix


@pytest.mark.usefixtures("directory")
async def test_all_permissions_are_found(run: Run) -> None:
    """The permissions that the identity has are read from the directory."""
    assert set((await permissions(run)).values()) == {(True, "")}


@pytest.mark.usefixtures("directory")
async def test_a_missing_permission_is_named(run: Run, simulator: Simulator) -> None:
    """Without the permission for assignments nothing works. Other missing permissions are only named."""
    simulator.config.permissions = {"user"}
    found = await permissions(run)
    ok, fix = found["permission for assignments"]
    assert not ok
    assert fix.startswith("LearningAssignedCourse.ReadWrite.All is missing")
    ok, fix = found["permission for learners who are named by employeeId"]
    assert ok
    assert "User.Read.All is missing" in fix
    assert found["permission for learners who are named by address"] == (True, "")


@pytest.mark.parametrize(
    ("identity", "check", "fix"),
    [
        ("13727311-e7bb-470d-8b20-6a23d9030d70", "permissions", "no such identity"),
        ("x/../y", "identityPrincipalId", "copy"),
    ],
)
async def test_a_wrong_identity_is_named(
    run: Run, directory: pytest.MonkeyPatch, identity: str, check: str, fix: str
) -> None:
    """The check reports an id that nobody has, or a value that isn't an id."""
    directory.setenv("identityPrincipalId", identity)
    ok, said = (await permissions(run))[check]
    assert not ok
    assert fix in said


async def test_wrong_settings_get_no_token(run: Run, directory: pytest.MonkeyPatch, simulator: Simulator) -> None:
    """If the app would refuse the settings, the operator's token isn't sent to the address they name."""
    directory.setenv("LEASE_SECONDS", "2")
    assert await permissions(run) == {}
    assert [request for request in simulator.requests if request.operation == "list_grants"] == []


@pytest.mark.usefixtures("directory")
async def test_a_directory_that_refuses_is_named(run: Run, simulator: Simulator) -> None:
    """An operator who may not read the directory, or can't reach it, is told so."""
    simulator.fault(operation="list_grants", status=403)
    ok, fix = (await permissions(run))["permissions"]
    assert not ok
    assert "403" in fix
    simulator.fault(operation="list_grants", times=0, reset="before")
    ok, fix = (await permissions(run))["permissions"]
    assert not ok
    assert "can't be reached" in fix
