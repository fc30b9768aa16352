"""The kill matrix: a process is killed (SIGKILL) at each request that a message leads to. The result must be the same.

First, each scenario runs undisturbed, which shows its requests. Then it runs again for each request and each of two
points: "before" the server receives the request, and "after" it has responded. At that point, the process that sent the
request is killed. It runs one function, and the processes of the other functions live on. The worker starts a new
process, which finishes the work. If a create is sent twice, the simulated Graph silently makes two activities.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from rich.table import Table

from tests.faults.accounting import compare, expected_state
from tests.faults.killing import ANY, At, Watch
from tests.faults.rig import Rig
from tests.faults.scenarios import DELIVERIES, SCENARIOS, Plan

SETTINGS = {
    # With one or two kills, a message is delivered at most this often unless it fails by itself.
    "AzureFunctionsJobHost__extensions__queues__maxDequeueCount": str(DELIVERIES),
    # Requests that are sent on a schedule don't belong to a message.
    "AzureWebJobs.heartbeat.Disabled": "true",
    "SHARE_SECONDS": "3600",
    "KIND_GRACE_SECONDS": "2",
}
TRIES = 3
# Only its first message makes a process get a token and read the shared row.
AT_FIRST = ("token", "shared:")


@dataclass(frozen=True)
class Case:
    """A scenario, and the steps at which a process is killed, one after the other."""

    scenario: str
    kills: tuple[At, ...] = ()


@dataclass(frozen=True)
class Result:
    """The outcome of a case. `wrong` is empty if everything is as it would be without the kills."""

    case: Case
    killed: int
    wrong: tuple[str, ...]
    steps: tuple[At, ...]


def undisturbed() -> list[Case]:
    """Return a case without kills for each scenario. Running it shows the scenario's steps."""
    return [Case(name) for name in SCENARIOS]


def single(surveyed: Iterable[Result]) -> list[Case]:
    """Return a case with one kill for each step of each scenario."""
    return [Case(result.case.scenario, (at,)) for result in surveyed for at in dict.fromkeys(result.steps)]


def double(surveyed: Sequence[Result], number: int, rng: Random) -> list[Case]:
    """Return cases with a kill at a random step, and another one a few steps later."""
    results = [rng.choice(surveyed) for _ in range(number)]
    return [
        Case(one.case.scenario, (rng.choice(one.steps), At(ANY, rng.randint(1, 8), rng.choice(["before", "after"]))))
        for one in results
    ]


async def run(cases: Iterable[Case], lanes: int, progress: Callable[[Result], None]) -> list[Result]:
    """Run cases in this many parallel lanes, each with its own storage, Graph and worker."""
    left = list(enumerate(cases))
    left.reverse()
    results: dict[int, Result] = {}

    async def lane() -> None:
        async with Rig(settings=SETTINGS) as rig:
            plans: list[Plan] = []
            while left:
                number, case = left.pop()
                results[number] = await attempt(rig, case, plans)
                progress(results[number])
            if wrong := wrong_now(rig, plans):
                raise AssertionError(f"what was right at first didn't stay right: {wrong}")

    async with asyncio.TaskGroup() as group:
        for _ in range(lanes):
            group.create_task(lane())
    return [results[number] for number in sorted(results)]


async def attempt(rig: Rig, case: Case, plans: list[Plan]) -> Result:
    """Run a case. If its step wasn't reached because the run sent fewer requests than the survey, try again."""
    for number in range(TRIES):
        result = await live(rig, case, Random(f"{case} {number}"), plans)  # noqa: S311  the same in every run
        if result.wrong or result.killed >= min(1, len(case.kills)):
            break
    return result


async def live(rig: Rig, case: Case, rng: Random, plans: list[Plan]) -> Result:
    """Run a case once, until no message is left."""
    rig.forget()
    with Watch(rig) as watch:
        plan = SCENARIOS[case.scenario](rig, rng)
        await prepare(rig, new=not case.kills or case.kills[0].kind.startswith(AT_FIRST))
        await rig.publish(plan.before)
        await rig.wait_until_empty()
        watch.begin(case.kills)
        await rig.publish(plan.then)
        await rig.wait_until_empty()
        letters = await rig.dead_letters()
    wrong = wrong_now(rig, [plan]) + wrong_letters(plan, letters)
    if not wrong:
        plans.append(plan)
    return Result(case, len(case.kills) - len(watch.left), tuple(wrong), tuple(watch.steps))


async def prepare(rig: Rig, *, new: bool) -> None:
    """Make sure that one worker runs. Only a new one sends the requests that only the first message leads to."""
    if new and rig.workers:
        await rig.end(rig.workers[0])
    if not rig.workers:
        await rig.start()


def wrong_now(rig: Rig, plans: Sequence[Plan]) -> list[str]:
    """Return what is wrong with the activities of these plans, such as lost or duplicated ones."""
    enrolments = set().union(*(plan.enrolments for plan in plans))
    events = [event for plan in plans for event in plan.applied]
    there = [activity for activity in rig.activities() if activity["external_id"] in enrolments]
    return [word for word, names in asdict(compare(expected_state(events), there)).items() if names]


def wrong_letters(plan: Plan, letters: list[dict[str, Any]]) -> list[str]:
    """Return what is wrong with the dead letters of a plan: missing, duplicated or unexpected ones."""
    own = {letter["id"]: letter["reason"] for letter in letters if letter.get("enrollmentId") in plan.enrolments}
    if not own:
        return ["lost"] if plan.letter else []
    if plan.letter is None:
        return [f"dead-lettered: {reason}" for reason in sorted(set(own.values()))]
    wrong = ["letter doubled"] if len(own) > 1 else []
    return wrong + (["another letter"] if set(own.values()) != {plan.letter} else [])


def table(results: Sequence[Result]) -> Table:
    """Return a table of steps, kills and their results."""
    shown = Table("scenario", "step", "before", "after", "result", title="Kill matrix")
    rows: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        kills = result.case.kills
        step = f"{kills[0].kind} #{kills[0].nth}" if len(kills) == 1 else "several, one after the other"
        rows[result.case.scenario, step].append(result)
    for (scenario, step), own in rows.items():
        points = Counter(at.point for one in own for at in one.case.kills[: one.killed])
        wrong = Counter(word for one in own for word in one.wrong)
        words = ", ".join(f"{word} {count}" for word, count in wrong.items())
        result = words or ("ok" if points else "not reached")
        shown.add_row(scenario, step, *(str(points[point] or "") for point in ("before", "after")), result)
    return shown


def summary(results: Sequence[Result]) -> dict[str, Any]:
    """Return the number of kills, and the figures that must be 0."""
    wrong = Counter(word for one in results for word in one.wrong)
    words = ("lost", "doubled", "regressed")
    return {
        "kills": sum(one.killed for one in results),
        "not reached": sum(bool(one.case.kills) and not one.killed for one in results),
        **{word: wrong.pop(word, 0) for word in words},
        "otherwise wrong": sum(wrong.values()),
    }
