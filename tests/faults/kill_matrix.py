"""The kill matrix: a process dies (SIGKILL) at every I/O step of a message's life, and nothing shows of it.

Every scenario is first run undisturbed, which tells its steps. Then it is run again for each step and each of the two
points of a request's way (received and not forwarded; answered and the answer not passed on) with the process killed
there that sent the request: that of one function, while those of the others live on. The worker puts another in its
place, which brings everything to rest. Graph creates a second activity on a second create, silently.
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
from tests.faults.scenarios import SCENARIOS, Plan

SETTINGS = {
    # With a kill or two, no message is delivered more often than this unless it fails by itself.
    "AzureFunctionsJobHost__extensions__queues__maxDequeueCount": "3",
    # What happens at times of its own is no step of a message's life.
    "AzureWebJobs.heartbeat.Disabled": "true",
    "SHARE_SECONDS": "3600",
}
TRIES = 3
# A process requests a token and reads the shared row at its first message.
AT_FIRST = ("token", "shared:")


@dataclass(frozen=True)
class Case:
    """A scenario and where a process is killed in it: at none, one or several steps in turn."""

    scenario: str
    kills: tuple[At, ...] = ()


@dataclass(frozen=True)
class Result:
    """What came of a case: `wrong` is empty where everything is as without the kills."""

    case: Case
    killed: int
    wrong: tuple[str, ...]
    steps: tuple[At, ...]


def undisturbed() -> list[Case]:
    """Each scenario without a kill: what its steps are."""
    return [Case(name) for name in SCENARIOS]


def single(surveyed: Iterable[Result]) -> list[Case]:
    """One case for each step and point of each scenario."""
    return [Case(result.case.scenario, (at,)) for result in surveyed for at in dict.fromkeys(result.steps)]


def double(surveyed: Sequence[Result], number: int, rng: Random) -> list[Case]:
    """Kills at any step, and again a few steps later."""
    results = [rng.choice(surveyed) for _ in range(number)]
    return [
        Case(one.case.scenario, (rng.choice(one.steps), At(ANY, rng.randint(1, 8), rng.choice(["before", "after"]))))
        for one in results
    ]


async def run(cases: Iterable[Case], lanes: int, progress: Callable[[Result], None]) -> list[Result]:
    """Run cases in so many lanes side by side, each with storage, Graph and a worker of its own."""
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
                raise AssertionError(f"what was right at first did not stay so: {wrong}")

    async with asyncio.TaskGroup() as group:
        for _ in range(lanes):
            group.create_task(lane())
    return [results[number] for number in sorted(results)]


async def attempt(rig: Rig, case: Case, plans: list[Plan]) -> Result:
    """Run a case; a step that was not reached (a request fewer than in the survey) is tried for again."""
    for number in range(TRIES):
        result = await live(rig, case, Random(f"{case} {number}"), plans)  # noqa: S311 - the same in every run
        if result.wrong or result.killed >= min(1, len(case.kills)):
            break
    return result


async def live(rig: Rig, case: Case, rng: Random, plans: list[Plan]) -> Result:
    """Run a case once, in a new worker, until everything has come to rest."""
    rig.forget()
    with Watch(rig) as watch:
        plan = SCENARIOS[case.scenario](rig, rng)
        await prepare(rig, new=not case.kills or case.kills[0].kind.startswith(AT_FIRST))
        await rig.publish(plan.before)
        await rig.rest()
        watch.begin(case.kills)
        await rig.publish(plan.then)
        await rig.rest()
        letters = await rig.dead_letters()
    wrong = wrong_now(rig, [plan]) + wrong_letters(plan, letters)
    if not wrong:
        plans.append(plan)
    return Result(case, len(case.kills) - len(watch.left), tuple(wrong), tuple(watch.steps))


async def prepare(rig: Rig, *, new: bool) -> None:
    """Have one worker, a new one if asked: some steps only a new process takes."""
    if new and rig.workers:
        await rig.end(rig.workers[0])
    if not rig.workers:
        await rig.start()


def wrong_now(rig: Rig, plans: Sequence[Plan]) -> list[str]:
    """What is wrong with the activities of these plans: lost, doubled, regressed ..."""
    enrolments = set().union(*(plan.enrolments for plan in plans))
    events = [event for plan in plans if plan.letter is None for event in plan.events]
    there = [activity for activity in rig.activities() if activity["external_id"] in enrolments]
    return [word for word, names in asdict(compare(expected_state(events), there)).items() if names]


def wrong_letters(plan: Plan, letters: list[dict[str, Any]]) -> list[str]:
    """What is wrong with the dead letters: none, one too many, another than it should be."""
    own = {letter["id"]: letter["reason"] for letter in letters if letter.get("enrollmentId") in plan.enrolments}
    if not own:
        return ["lost"] if plan.letter else []
    if plan.letter is None:
        return ["dead-lettered"]
    wrong = ["letter doubled"] if len(own) > 1 else []
    return wrong + (["another letter"] if set(own.values()) != {plan.letter} else [])


def table(results: Sequence[Result]) -> Table:
    """Steps, kills and what came of them."""
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
    """The figures that must be 0, and how many kills stand behind them."""
    wrong = Counter(word for one in results for word in one.wrong)
    words = ("lost", "doubled", "regressed")
    return {
        "kills": sum(one.killed for one in results),
        "not reached": sum(bool(one.case.kills) and not one.killed for one in results),
        **{word: wrong.pop(word, 0) for word in words},
        "otherwise wrong": sum(wrong.values()),
    }
