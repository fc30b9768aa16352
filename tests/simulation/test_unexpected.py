"""What becomes of a message whose handling raises an unexpected exception."""

from collections.abc import Awaitable, Callable
from typing import NoReturn

from activities.domain.outcomes import DeadLetter, Outcome, Retry, RetryReason
from activities.intake.formats import Formats
from activities.intake.formats.sources import Sources
from tests.simulation.scenario import HOUR, Scenario, play

LABEL = "enrolment-9999"
SURPRISE = f'{{"anything": "{LABEL}/0"}}'


class BrokenFormats(Formats):
    """Formats with a bug."""

    def recognise(self, document: dict[str, object]) -> NoReturn:
        """Fail for every document that isn't a native event."""
        raise ZeroDivisionError(len(document))


def with_a_defect(
    story: Callable[[Scenario], Awaitable[None]],
) -> Callable[[Scenario], Awaitable[None]]:
    """Publish a message that the app can't handle, and then let the story happen."""

    async def whole(scenario: Scenario) -> None:
        scenario.world.formats = BrokenFormats((), Sources())
        scenario.world.restart()
        scenario.world.queues["events"].put(SURPRISE)
        await story(scenario)

    return whole


def reasons(outcomes: list[Outcome]) -> set[str]:
    """Return the reasons for which messages were put back or given up."""
    return {one.reason for one in outcomes if isinstance(one, Retry | DeadLetter)}


def test_nobody_is_blamed_alone() -> None:
    """While no other message gets through, it's tried again and again, without using up the host's tries."""

    async def story(scenario: Scenario) -> None:
        await scenario.world.drain(until=24 * HOUR, deliveries=10**6)
        outcomes = scenario.outcomes[LABEL]
        assert reasons(outcomes) == {RetryReason.UNEXPECTED}
        assert 96 < len(outcomes) < 200
        assert scenario.letters == 0

    play(with_a_defect(story))


def test_a_defect_is_blamed_on_evidence() -> None:
    """After five failures, with other messages handled in between, it becomes a dead letter that says where."""

    async def story(scenario: Scenario) -> None:
        for _ in range(200):
            scenario.assign(scenario.enrolment())
            await scenario.world.wait(10.0)
        outcomes = scenario.outcomes[LABEL]
        assert reasons(outcomes) == {RetryReason.UNEXPECTED, "host_poison"}
        assert len(outcomes) == scenario.world.settings.blame_tries
        await scenario.settle()
        [letter] = scenario.world.letters.blobs.values()
        assert b"5 tries failed while other messages were handled: ZeroDivisionError at intake/" in letter.content

    play(with_a_defect(story))


def test_what_passes_by_is_no_evidence() -> None:
    """Messages that are only split don't show whether the rest of the app works."""

    async def story(scenario: Scenario) -> None:
        for _ in range(120):
            scenario.world.queues["events"].put("[1, 2]")
            await scenario.world.wait(60.0)
        assert reasons(scenario.outcomes[LABEL]) == {RetryReason.UNEXPECTED}

    play(with_a_defect(story))


def test_a_place_where_several_fail_blames_nobody() -> None:
    """Every message that gets there fails, so none of them is blamed, although others that don't get there succeed."""

    async def story(scenario: Scenario) -> None:
        for number in range(4):
            scenario.world.queues["events"].put(SURPRISE.replace("/0", f"/{number}"))
        for _ in range(200):
            scenario.assign(scenario.enrolment())
            await scenario.world.wait(10.0)
        assert reasons(scenario.outcomes[LABEL]) == {RetryReason.UNEXPECTED}
        assert scenario.letters == 0

    play(with_a_defect(story))
