"""A command finds the storage account, or says what to do if it can't use one."""

import math
from pathlib import Path

import pytest

from activities.settings import Settings
from tests.faults.actions import Status
from tests.faults.proxied import Proxied
from tests.tools.operate.conftest import Run
from tools.operate.account import Account


async def test_without_an_account_the_error_names_the_options(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """If no option, environment variable or local stack names an account, the error says how to name one."""
    monkeypatch.delenv("AzureWebJobsStorage")
    monkeypatch.chdir(tmp_path)
    ran = await run("dead-letters", "list")
    assert ran.code == 2
    assert "--account" in ran.err


async def test_the_local_stack_is_the_default(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """While `make start` runs, a command without options uses its storage."""
    assert settings.storage_connection_string
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "connection-string").write_text(settings.storage_connection_string.get_secret_value())
    monkeypatch.delenv("AzureWebJobsStorage")
    monkeypatch.chdir(tmp_path)
    ran = await run("dead-letters", "list")
    assert (ran.code, ran.out) == (0, "     0  in total\n")


async def test_an_operator_who_may_not_read_is_told(run: Run, environment: dict[str, str]) -> None:
    """If storage refuses, the error says what to do. There's no traceback."""
    forbidden = Status(403, {"x-ms-error-code": "AuthorizationPermissionMismatch"})
    async with Proxied(environment) as proxied:
        proxied["table"].rule("table:query", action=forbidden, times=math.inf)
        string = proxied.environment["AzureWebJobsStorage"]
        ran = await run("people", "list", "--connection-string", string)
    assert ran.code == 3
    assert "docs/deployment.md" in ran.err
    assert "Traceback" not in ran.err


async def test_the_short_form_of_the_emulator_may_end_with_a_semicolon() -> None:
    """A command accepts the same connection strings as the app."""
    async with Account(connection_string="UseDevelopmentStorage=true;") as account:
        assert account.table("people").url == "http://127.0.0.1:10002/devstoreaccount1"


async def test_a_wrong_connection_string_is_not_shown(run: Run) -> None:
    """The error says what's wrong without showing the key."""
    ran = await run("people", "list", "--connection-string", "AccountName=abc;AccountKey=c2VjcmV0!")
    assert ran.code == 2
    assert "AccountKey isn't base64" in ran.err
    assert "c2VjcmV0" not in ran.err


@pytest.mark.parametrize("name", ["evil.example/", "Contoso", "ab", "a" * 25, "lms?", ""])
async def test_what_is_no_name_of_an_account_is_refused(run: Run, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that isn't an account's could lead to another host, which would then get the operator's token."""
    monkeypatch.delenv("AzureWebJobsStorage")
    ran = await run("dead-letters", "list", "--account", name)
    assert ran.code == 2
    assert "storage account" in ran.err


@pytest.mark.parametrize("option", ["--account", "--connection-string"])
async def test_an_empty_option_leads_to_no_other_account(run: Run, option: str) -> None:
    """An empty option is an error. It must not lead to the account in the environment."""
    ran = await run("dead-letters", "list", option, "")
    assert (ran.code, ran.out) == (2, "")


async def test_the_account_is_named_once(run: Run) -> None:
    """Naming two accounts is wrong usage."""
    ran = await run("dead-letters", "list", "--account", "contoso", "--connection-string", "UseDevelopmentStorage=true")
    assert ran.code == 2
