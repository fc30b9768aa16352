"""Which records are blamed, and after how long. No other record suffers from it."""

import pytest

from activities.domain.outcomes import Retry, RetryReason
from tests.simulation.memory.answers import ILL, UNKNOWN_WORDS
from tests.simulation.scenario import DAY, HOUR, Scenario, play
from tests.simulation.story import Enrolment

# Two in a hundred requests to Graph are throttled.
THROTTLED = {"graph": {"throttled": 0.02}}


def held(scenario: Scenario, label: str) -> bool:
    """Whether a message of an enrolment was ever put back because of a hold."""
    return any(isinstance(one, Retry) and one.reason is RetryReason.HOLD for one in scenario.outcomes[label])


@pytest.mark.parametrize("processes", [1, 3])
def test_one_guest_holds_nobody(processes: int) -> None:
    """After five tries with a 403 in unknown words, the guest is a dead letter. 240 others never waited for a hold."""

    async def story(scenario: Scenario) -> None:
        guest = scenario.enrolment()
        scenario.refuse(guest, UNKNOWN_WORDS)
        scenario.assign(guest)
        healthy = [scenario.enrolment() for _ in range(240)]
        for one in healthy:
            scenario.assign(one)
            # Often enough that others succeed between any two tries of the guest.
            await scenario.world.wait(10.0)
        await scenario.settle()
        assert [one.label for one in healthy if held(scenario, one.label)] == []
        assert scenario.letter_of(guest) == "rejected_by_graph"
        assert scenario.letters == 1
        tries = [one for one in scenario.outcomes[guest.label] if isinstance(one, Retry)]
        assert len(tries) + 1 == scenario.world.settings.blame_tries

    play(story, processes=processes)


def test_a_hundred_healthy_records_among_guests() -> None:
    """Three failing guests suggest that everybody's requests fail. A success shows at once that they don't."""

    async def story(scenario: Scenario) -> None:
        guests = [scenario.enrolment() for _ in range(5)]
        for guest in guests:
            scenario.refuse(guest, UNKNOWN_WORDS)
            scenario.assign(guest)
        healthy = [scenario.enrolment() for _ in range(60)]
        for one in healthy:
            scenario.assign(one)
            await scenario.world.wait(60.0)
        await scenario.settle()
        assert sum(held(scenario, one.label) for one in healthy) == 0
        assert {scenario.letter_of(guest) for guest in guests} == {"rejected_by_graph"}

    play(story)


def test_a_year_of_throttling_hides_nobody() -> None:
    """Hopeless assignments are given up soon after their patience has run out, even if requests are throttled.

    Twice a year, there are an unknown learner, a missing course, a server error for one record and unknown words, while
    other assignments get through.
    """

    async def story(scenario: Scenario) -> None:
        for _ in range(2):
            hopeless = _hopeless(scenario)
            for minutes in range(0, 5 * 24 * 60, 15):
                healthy = scenario.enrolment(watched=False)
                scenario.assign(healthy)
                await scenario.world.wait(900.0)
                for reason, (one, patience) in hopeless.items():
                    assert minutes * 60.0 < patience or scenario.letter_of(one) == reason
            await scenario.world.wait(177 * DAY)
        await scenario.settle()
        assert scenario.letters == 8

    play(story, rates=THROTTLED)


def _hopeless(scenario: Scenario) -> dict[str, tuple[Enrolment, float]]:
    """Assign four courses that never get through. Return them by reason, with how many seconds each may take."""
    settings, tenant = scenario.world.settings, scenario.world.tenant
    unknown, missing = scenario.enrolment("userPrincipalName"), scenario.enrolment("employeeId", "externalId")
    ill, guest = scenario.enrolment(), scenario.enrolment()
    tenant.users[:] = [user for user in tenant.users if user.id != unknown.person.id]
    del tenant.courses[missing.course.external_id]
    scenario.refuse(ill, ILL)
    scenario.refuse(guest, UNKNOWN_WORDS)
    for one in (unknown, missing, ill, guest):
        scenario.assign(one)
    return {
        "learner_not_found": (unknown, HOUR),
        "rejected_by_graph": (guest, 6 * HOUR),
        "content_not_found": (missing, settings.content_max_age_hours * HOUR + DAY),
        "retries_exhausted": (ill, settings.retry_max_age_hours * HOUR + 2 * DAY),
    }
