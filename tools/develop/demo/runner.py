"""Run the demo's cases one at a time, and collect their results."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from activities.storage.delivery import Delivery
from activities.storage.letters import LetterFacts, Letters
from tools.develop.demo.cases import Case
from tools.develop.simulator import RecordedRequest
from tools.develop.stack import Stack
from tools.operate.account import Account
from tools.operate.people.accounts import Entry
from tools.operate.people.table import load
from tools.operate.webhook.sending import Sending

CASE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Result:
    """The requests and dead letters that a case led to."""

    case: Case
    requests: Sequence[RecordedRequest]
    letters: Sequence[LetterFacts]

    @property
    def as_expected(self) -> bool:
        """Whether they're the ones that the case expects."""
        requests = tuple(f"{request.operation} {request.status}" for request in self.requests)
        reasons = tuple(letter.reason for letter in self.letters)
        return (requests, reasons) == (self.case.requests, self.case.letters)


class CaseRunner:
    """Runs cases on a running stack, from outside it; an async context manager."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._account = Account(connection_string=stack.connection_string)
        names = stack.environment
        self._events = self._account.queue(names["LMS_EVENTS_QUEUE"])
        self._people = self._account.table(names["PEOPLE_TABLE"])
        self._letters = Letters(self._account.container(names["DEAD_LETTER_CONTAINER"]))
        self._delivery = Delivery(
            events=self._events,
            retries=self._account.queue(names["LMS_EVENTS_RETRY_QUEUE"]),
            bodies=self._account.container(names["EVENT_BODY_CONTAINER"]),
        )
        self._sender = Sending(stack.url or "", names)
        self._known_letters: set[str] = set()
        self._invocations: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._account.__aexit__(kind, error, trace)

    async def load_people(self, people: Sequence[Entry]) -> None:
        """Load LMS accounts into the table of people."""
        await load(self._people, people)

    async def run(self, case: Case) -> Result:
        """Publish or send a case's message, or redrive dead letters. Wait up to 30 s for the invocations."""
        simulator = self._stack.simulator
        before = len(simulator.requests)
        simulator.configure(**case.tenant)
        if case.fault:
            simulator.fault(**case.fault)
        if case.message is None:
            await self._redrive(case.redrive)
        elif case.sender:
            await self._sender.send(case.sender, case.message.encode())
        else:
            await self._events.send_message(case.message, time_to_live=-1)
        await self._wait_for(Counter(case.functions))
        requests = [request for request in simulator.requests[before:] if request.operation != "token"]
        return Result(case, requests, await self._new_letters())

    async def letters(self) -> list[LetterFacts]:
        """Return the dead letters, oldest first."""
        return sorted([letter async for letter in self._letters.list()], key=lambda letter: letter.last_seen)

    async def _redrive(self, reason: str) -> None:
        for letter in await self.letters():
            envelope = await self._letters.read(letter.id) if letter.reason == reason else None
            if envelope is not None:
                await self._delivery.redrive(envelope)
                await self._letters.delete(letter.id, letter.etag)

    async def _wait_for(self, functions: Counter[str]) -> None:
        self._invocations.clear()
        try:
            async with asyncio.timeout(CASE_SECONDS):
                async for invocation in self._stack.follow():
                    self._invocations[invocation.function] += 1
                    if functions <= self._invocations:
                        return
        except TimeoutError:
            return  # the result then isn't what the case expects

    async def _new_letters(self) -> list[LetterFacts]:
        new = [letter for letter in await self.letters() if letter.etag not in self._known_letters]
        self._known_letters.update(letter.etag for letter in new)
        return new
