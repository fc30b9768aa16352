"""The page of the local stack shows what the app keeps back: from storage to the browser."""

import pytest

from activities.service import Service
from activities.settings import Settings
from tests.browser import CHROMIUM, opened
from tests.native_event import ASSIGNED, event_body
from tests.tools.develop.eventually import eventually
from tools.develop.simulator import Simulator, SimulatorClient
from tools.develop.waiting import waiting
from tools.operate.account import Account

LEARNER = str(ASSIGNED["learner"]["entraObjectId"])
LONG = "an enrolment with a very long id " * 6


def names(settings: Settings) -> dict[str, str]:
    """Return the names of this test's storage."""
    return {"ACTIVITIES_TABLE": settings.activities_table, "DEAD_LETTER_CONTAINER": settings.dead_letter_container}


@pytest.fixture
async def kept(service: Service, simulator: Simulator) -> Simulator:
    """A simulator whose app has kept something back: a record, an event about nobody, and one that waits."""
    await service.handler.event(event_body(enrollmentId="in Graph"))
    simulator.configure(unlicensed_learners={LEARNER})
    await service.handler.event(event_body(enrollmentId=LONG))
    simulator.configure(unlicensed_learners=set())
    await service.handler.event(event_body(enrollmentId="of nobody", learner={"email": "nobody@contoso.com"}))
    await service.handler.event(b"not an event")
    simulator.fault(operation="create", status=429, retry_after="seconds", retry_seconds=100)
    await service.handler.event(event_body(enrollmentId="throttled"))
    return simulator


async def test_dead_letters_and_retries(kept: Simulator, settings: Settings) -> None:
    """With reasons and times, the latest letter first. A record that has a letter isn't said to wait."""
    async with Account() as account:
        found = await waiting(account, names(settings))
        reasons = [(one["reason"], one["enrolment"]) for one in found["letters"]]
        assert reasons == [("malformed", None), ("learner_not_found", "of nobody"), ("learner_unlicensed", LONG)]
        assert (found["letter_count"], found["retry_count"]) == (3, 1)
        [retry] = found["retries"]
        assert (retry["enrolment"], "Graph allows no requests until" in retry["why"]) == ("throttled", True)
        assert retry["due"] > max(one["last_seen"] for one in found["letters"])

        client = SimulatorClient(kept.url)
        assert await client.waiting() is None
        kept.waiting = lambda: waiting(account, names(settings))
        assert await client.waiting() == found


@pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium on the PATH, such as Debian's package")
@pytest.mark.parametrize("width", [1300, 390])
async def test_the_page_in_a_browser(kept: Simulator, settings: Settings, width: int) -> None:
    """It shows all of it, says that nobody was found, and nobody has to scroll sideways."""
    async with Account() as account, opened(kept.url) as page:
        kept.waiting = lambda: waiting(account, names(settings))
        await page.resize(width)
        shown = ""

        async def is_shown() -> bool:
            nonlocal shown
            shown = str(await page.value("document.body.innerText"))
            return "learner_unlicensed" in shown

        await eventually(is_shown)
        for words in ("Dead letters: 3", "malformed", "learner_not_found", "Waiting: 1", "throttled", "nobody found"):
            assert words in shown, shown
        assert "live, provider" in shown
        found = "[...document.querySelectorAll('.row')].find(row => row.innerText.includes('nobody found'))"
        assert "amber" in await page.value(f"{found}.querySelector('.chip').className")
        assert await page.value("document.documentElement.scrollWidth") <= width
