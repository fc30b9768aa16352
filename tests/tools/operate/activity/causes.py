"""Reasons why a learner may not see a course. Each function brings about one of them."""

from activities.domain.record import row_key
from activities.service import Service
from tests.heartbeat import beat
from tests.native_event import ASSIGNED, Event, event_body
from tests.tools.operate.working import hold, shown
from tools.develop.simulator import Content, Simulator

ENROLMENT = str(ASSIGNED["enrollmentId"])
LEARNER = str(ASSIGNED["learner"]["entraObjectId"])
COURSE = str(ASSIGNED["course"]["learningContentId"])
MISSING_COURSE = "not yet published"
STRANGER = "nobody@contoso.example"
KEY = row_key(ENROLMENT)
LATER: Event = {"eventId": "e-2", "occurredAt": "2026-03-02T09:00:00Z"}


async def missing_course(service: Service, _: Simulator) -> None:
    """The catalogue doesn't have the course yet."""
    await service.handler.event(event_body(course={"externalId": MISSING_COURSE}))


async def no_licence(service: Service, simulator: Simulator) -> None:
    """The learner has no licence for Viva Learning."""
    simulator.configure(unlicensed_learners={LEARNER})
    await service.handler.event(event_body())


async def parked(service: Service, _: Simulator) -> None:
    """Nobody in the directory has the learner's address."""
    await service.handler.event(event_body(learner={"userPrincipalName": STRANGER}))


async def held(service: Service, simulator: Simulator) -> None:
    """The app has lost a permission. After other events failed, it sends only occasional probes."""
    sharing = Service(service.settings.model_copy(update={"share_seconds": 0.2}))
    await hold(sharing, simulator)
    await sharing.handler.event(event_body())
    await sharing.close()


async def throttled(service: Service, simulator: Simulator) -> None:
    """Graph throttles the app and asks it to wait."""
    simulator.fault(operation="create", status=429, retry_after="300")
    await service.handler.event(event_body())


async def in_shadow(service: Service, _: Simulator) -> None:
    """The app is in shadow, and the learner isn't in the pilot group."""
    shadow = Service(service.settings.model_copy(update={"sync_mode": "shadow"}))
    await shadow.handler.event(event_body())
    await beat(shadow.settings)
    await shadow.close()


async def conflict(service: Service, _: Simulator) -> None:
    """The LMS used the id of somebody else's enrolment."""
    await service.handler.event(event_body(learner={"entraObjectId": "0b0b0b0b-e020-11ec-9d64-0242ac120002"}))
    await service.handler.event(event_body(**LATER))


async def unassigned(service: Service, _: Simulator) -> None:
    """The LMS has withdrawn the assignment."""
    await service.handler.event(event_body())
    await service.handler.event(event_body(**LATER, eventType="course.unassigned", assignment=None, progress=None))


async def wrong_provider(service: Service, simulator: Simulator) -> None:
    """`LEARNING_PROVIDER_ID` isn't the id of a provider in this tenant."""
    simulator.configure(provider_id="a7e1c1d2-0000-4000-8000-000000000001")
    await service.handler.event(event_body())


async def course_of_another_provider(service: Service, simulator: Simulator) -> None:
    """The course is in another provider's catalogue."""
    simulator.config.contents = (Content(id=COURSE, external_id="SEC-101", provider_id="another"),)
    await service.handler.event(event_body())


async def drift(service: Service, simulator: Simulator) -> None:
    """Somebody else has changed the activity in Graph."""
    await service.handler.event(event_body())
    await shown(service)
    [activity] = simulator.activities
    activity.body["status"] = "completed"
