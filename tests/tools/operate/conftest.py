"""Runs commands as an operator would, against this test's own storage."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from azure.storage.queue import QueueMessage

from activities.settings import Settings
from tests.tools.operate.calling import call
from tools.operate.account import Account


@dataclass(frozen=True, slots=True)
class Ran:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """What `--json` printed: one object per line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def words(self) -> str:
        """The output with every run of white space replaced by one space, so that folded lines read as one."""
        return " ".join(self.out.split())


type Run = Callable[..., Awaitable[Ran]]


@pytest.fixture
def run(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Run:  # noqa: ARG001  sets the environment
    """Run `lms-sync` with these arguments. The environment names this test's storage, as it does for the app."""

    async def run(*arguments: str) -> Ran:
        code = await call(*arguments)
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
async def account(settings: Settings) -> AsyncIterator[Account]:  # noqa: ARG001  the same
    """This test's storage account."""
    async with Account() as found:
        yield found


async def texts(account: Account, queue: str) -> list[str]:
    """Return the texts of the visible messages in a queue, at most 32."""
    return [str(message.content) for message in await peek(account, queue)]


async def peek(account: Account, queue: str) -> list[QueueMessage]:
    """Return the visible messages in a queue, at most 32."""
    return await account.queue(queue).peek_messages(max_messages=32)
