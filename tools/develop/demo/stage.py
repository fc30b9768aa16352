"""Makes one thing happen at a time and tells what came of it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tools.develop.demo.cases import Case
from tools.develop.simulator import RecordedRequest
from tools.develop.stack import Stack
from tools.operate.account import Account
from tools.operate.deadletters.letters import DeadLetters, Letter
from tools.operate.people.__main__ import load
from tools.operate.people.rows import Entry

PATIENCE = 30


@dataclass(frozen=True, slots=True)
class Result:
    """What a case led to."""

    case: Case
    requests: Sequence[RecordedRequest]
    letters: Sequence[Letter]

    @property
    def as_expected(self) -> bool:
        """Whether it is what the case says."""
        requests = tuple(f"{request.operation} {request.status}" for request in self.requests)
        return requests == self.case.requests and tuple(x.reason for x in self.letters) == self.case.letters


class Stage:
    """A running stack, seen from outside; an async context manager."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._account = Account(connection_string=stack.connection_string)
        names = stack.environment
        self._events = self._account.queue(names["LMS_EVENTS_QUEUE"])
        self._people = self._account.table(names["PEOPLE_TABLE"])
        self.dead_letters = DeadLetters(
            queue=self._account.queue(names["DEAD_LETTER_QUEUE"]),
            bodies=self._account.container(names["DEAD_LETTER_CONTAINER"]),
            events=self._events,
        )
        self._seen: set[str] = set()
        self._happened: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._account.__aexit__(kind, error, trace)

    async def introduce(self, people: Sequence[Entry]) -> None:
        """Say who an LMS's own accounts are."""
        await load(self._people, people)

    async def play(self, case: Case) -> Result:
        """Do what the case says and wait until it has run its course, at most half a minute."""
        simulator = self._stack.simulator
        before = len(simulator.requests)
        simulator.configure(**case.tenant)
        if case.fault:
            simulator.fault(**case.fault)
        if case.message is None:
            for letter in await self.dead_letters.receive():
                if letter.reason == case.redrive:
                    await self.dead_letters.redrive(letter)
                else:
                    await self.dead_letters.give_back([letter])
        else:
            await self._events.send_message(case.message, time_to_live=-1)
        await self._wait_for(Counter(case.functions))
        requests = [request for request in simulator.requests[before:] if request.operation != "token"]
        return Result(case, requests, await self._new_letters())

    async def _wait_for(self, functions: Counter[str]) -> None:
        self._happened.clear()
        try:
            async with asyncio.timeout(PATIENCE):
                async for invocation in self._stack.follow():
                    self._happened[invocation.function] += 1
                    if functions <= self._happened:
                        return
        except TimeoutError:
            return  # what is missing shows in the result

    async def _new_letters(self) -> list[Letter]:
        letters = await self.dead_letters.receive()
        await self.dead_letters.give_back(letters)
        new = [letter for letter in letters if letter.id not in self._seen]
        self._seen.update(letter.id for letter in new)
        return new
