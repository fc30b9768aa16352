"""The tree of questions in docs/why.md: each command confirms its own cause and no other, and the repairs work."""

import re
import shlex
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest

from activities.service import Service
from tests import ROOT
from tests.heartbeat import beat
from tests.native_event import event_body
from tests.tools.operate.activity import causes
from tests.tools.operate.activity.causes import COURSE, ENROLMENT, LEARNER
from tests.tools.operate.conftest import Ran, Run
from tests.tools.operate.working import at_work, drained
from tools.develop.simulator import Content, Simulator, User

PAGE = (ROOT / "docs/why.md").read_text(encoding="utf-8")
_SECTION = re.compile(r"^## (.+)\n((?:(?!^## ).*\n?)*)", re.MULTILINE)
_BLOCK = re.compile(r"^```sh\n(.*)\n```$", re.MULTILINE)
_ANSWER = re.compile(r"^\*\*(?:Yes|No)\*\*, if it prints `([^`]+)`", re.MULTILINE)
_EXITS = re.compile(r"# exits (\d)")
_NAMES = {"<enrolment id>": ENROLMENT, "<learner>": LEARNER, "<course>": COURSE}


@dataclass(frozen=True, slots=True)
class Question:
    """A question's command and its exit code, what the command prints if this is the cause, and what repairs it."""

    command: str
    code: int
    answer: str
    repair: str | None


def _question(text: str) -> Question:
    command, *repairs = _BLOCK.findall(text)
    [answer] = _ANSWER.findall(text)
    said = _EXITS.search(command)
    return Question(command, int(said[1]) if said else 0, answer, repairs[0] if repairs else None)


QUESTIONS: Mapping[str, Question] = {
    heading: _question(text) for heading, text in _SECTION.findall(PAGE) if _ANSWER.search(text)
}

type Step = Callable[[Service, Simulator], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Case:
    """How to bring about a cause, how to fix it before the page's second command, and any names that differ."""

    breaks: Step
    mends: Step | None = None
    names: Mapping[str, str] = field(default_factory=dict)


async def nothing(_service: Service, _simulator: Simulator) -> None:
    """Do nothing."""


async def a_licence(_: Service, simulator: Simulator) -> None:
    """Give the learner a licence."""
    simulator.configure(unlicensed_learners=set())


async def a_person(_: Service, simulator: Simulator) -> None:
    """Add the learner to the directory."""
    simulator.config.users = (User(id=LEARNER, user_principal_name=causes.STRANGER),)


async def the_provider(service: Service, simulator: Simulator) -> None:
    """Register the learning provider that the app is set to use."""
    simulator.configure(provider_id=service.settings.learning_provider_id)


async def the_course(_: Service, simulator: Simulator) -> None:
    """Publish the course."""
    simulator.config.contents = (Content(id=COURSE, external_id=causes.MISSING_COURSE),)


async def own_course(_: Service, simulator: Simulator) -> None:
    """Move the course to the provider's own catalogue."""
    simulator.config.contents = (Content(id=COURSE, external_id="SEC-101"),)


CASES: Mapping[str, Case] = {
    "Was it ever published?": Case(nothing),
    "Did the LMS withdraw it?": Case(causes.unassigned),
    "Does the record belong to somebody else?": Case(causes.conflict),
    "Did somebody change it in Graph?": Case(causes.drift, nothing),
    "Is the learner in shadow?": Case(causes.in_shadow, nothing),
    "Does the learner have a licence?": Case(causes.no_licence, a_licence),
    "Does the directory know the learner?": Case(causes.parked, a_person),
    "Does the course belong to another provider?": Case(causes.course_of_another_provider, own_course),
    "Is the course in the catalogue?": Case(causes.missing_course, the_course, {"<course>": causes.MISSING_COURSE}),
    "Is everybody on hold?": Case(causes.held),
    "Is Graph throttling?": Case(causes.throttled),
    "Is the learning provider right?": Case(causes.wrong_provider, the_provider),
}


async def _typed(run: Run, line: str, names: Mapping[str, str]) -> Ran:
    command = line.replace("--account <storage account>", "")
    for shown, name in {**_NAMES, **names}.items():
        command = command.replace(shown, shlex.quote(name))
    program, *words = shlex.split(command, comments=True)
    assert program == "lms-sync"
    return await run(*words)


def _words(ran: Ran) -> str:
    return " ".join(f"{ran.out} {ran.err}".split())


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _leaves() -> Iterator[tuple[str, set[str], str]]:
    """Yield the state, the reasons and the question of each branch of the tree that leads to a question."""
    [tree] = re.findall(r"<!-- tree -->\n(.*?)<!-- /tree -->", PAGE, re.DOTALL)
    state = ""
    for line in tree.splitlines():
        named = re.match(r"- `state` is `(\w+)`", line)
        if not line.startswith(" "):
            state = named[1] if named else ""
        for question in re.findall(r"\]\(#([\w-]+)\)", line):
            yield state, set(re.findall(r"`(\w+)`", line)), question


def test_every_question_is_asked() -> None:
    """Each question has a case here, with a repair if the page has one. The tree leads to every section."""
    assert list(QUESTIONS) == list(CASES)
    assert {name for name, one in QUESTIONS.items() if one.repair} == {name for name, one in CASES.items() if one.mends}
    questions = [question for _, _, question in _leaves()]
    assert sorted(questions) == sorted(_anchor(name) for name, _ in _SECTION.findall(PAGE))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.breaks not in (nothing, causes.drift)])
async def test_the_tree_leads_to_the_question(run: Run, service: Service, simulator: Simulator, name: str) -> None:
    """The state and the reason that the command prints lead to the right question, and only to that one."""
    await CASES[name].breaks(service, simulator)
    [shown] = (await run("activity", ENROLMENT, "--stored", "--json")).objects
    found = [
        question
        for state, reasons, question in _leaves()
        if (state, shown["reason"] in reasons) == (shown["state"], True)
    ]
    assert found == [_anchor(name)]


@pytest.mark.parametrize("name", CASES)
async def test_the_command_confirms_the_cause_and_repairs_it(
    run: Run, service: Service, simulator: Simulator, name: str
) -> None:
    """The exit code and the answer are as the page says. After the repair, the learner sees the course."""
    question, case = QUESTIONS[name], CASES[name]
    await case.breaks(service, simulator)
    async with AsyncExitStack() as stack:
        if case.breaks is causes.drift:
            # The command asks the app to look at Graph.
            await stack.enter_async_context(at_work(service))
        ran = await _typed(run, question.command, case.names)
    assert (ran.code, question.answer in _words(ran)) == (question.code, True), ran

    if case.mends is None or question.repair is None:
        return
    await case.mends(service, simulator)
    async with at_work(service):
        assert (await _typed(run, question.repair, case.names)).code == 0
    await drained(service)
    [activity] = simulator.activities
    assert (activity.body["learnerUserId"], activity.body["status"]) == (LEARNER, "inProgress")


@pytest.fixture
async def healthy(service: Service) -> AsyncIterator[None]:
    """A learner who sees the course."""
    await service.handler.event(event_body())
    await beat(service.settings)
    async with at_work(service):
        yield


@pytest.mark.usefixtures("healthy")
@pytest.mark.parametrize("name", CASES)
async def test_the_command_does_not_find_a_cause_that_is_none(run: Run, name: str) -> None:
    """If the learner sees the course, no question's command prints its confirming answer."""
    ran = await _typed(run, QUESTIONS[name].command, {})
    assert ran.code == 0
    assert QUESTIONS[name].answer not in _words(ran)


@pytest.mark.usefixtures("healthy")
async def test_the_first_command_says_that_all_is_well(run: Run) -> None:
    """The page's first command prints the line `next` that the page's last section quotes."""
    first, last = _BLOCK.findall(PAGE)[0], PAGE.rpartition("\n## ")[2]
    [said] = re.findall(r"`next` says `([^`]+)`", last)
    ran = await _typed(run, first, {})
    assert (ran.code, said in _words(ran)) == (0, True)
