"""What may be wrong with one enrolment or with all of them, apart from crashes, until it's put right."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.simulation.memory.answers import ILL, NOT_OWNED, UNKNOWN_WORDS, UNLICENSED, WRONG_TYPE, Answer, refused
from tests.simulation.memory.tenant import ASSIGNMENT, EXTERNAL_ID, ROLES, SELF_INITIATED, Body, Tenant
from tests.simulation.model import expected
from tests.simulation.people import NAMES, Course, Person
from tests.simulation.story import MOVED, OTHER, Enrolment, Event
from tests.simulation.world import World

_LOOKED_UP = ("userPrincipalName", "email", "employeeId")


@dataclass(eq=False, slots=True)
class Trouble:
    """Something that is wrong.

    Attributes:
        begins: what makes it wrong, before anything is published.
        changes: what happens some time later, by itself.
        ends: what puts it right in the end.
        rebinds: the enrolment for which an operator then has to have the owner found out again.
    """

    name: str
    begins: Callable[[], None] = lambda: None
    changes: Callable[[], None] | None = None
    ends: Callable[[], None] = lambda: None
    rebinds: Enrolment | None = None


def late_user(world: World, one: Enrolment) -> Trouble:
    """Add the learner to the directory late."""
    one.call(learner=world.random.choice(_LOOKED_UP))
    tenant, person = world.tenant, one.person

    def begins() -> None:
        tenant.users[:] = [user for user in tenant.users if user.id != person.id]

    return Trouble("late user", begins, lambda: person.enters(tenant), lambda: person.enters(tenant))


def late_account(world: World, one: Enrolment) -> Trouble:
    """Add the account to the table `people` late."""
    one.call(learner="lmsAccount")
    enters = lambda: one.person.has_account(world.people, world.random)  # noqa: E731  used twice
    return Trouble("late account", lambda: one.person.has_no_account(world.people), enters, enters)


def wrong_account(world: World, one: Enrolment) -> Trouble:
    """Let the table `people` give the account to somebody else, until it's corrected and an operator rebinds."""
    one.call(learner="lmsAccount")
    other = Person(one.person.number + 500)
    one.learners.add(other.id)
    other.enters(world.tenant)

    def corrected() -> None:
        one.rebound = True
        one.person.has_account(world.people, world.random)

    return Trouble(
        "wrong account", lambda: one.person.has_account(world.people, world.random, other), corrected, corrected, one
    )


def reassigned_name(world: World, one: Enrolment) -> Trouble:
    """Give one of the learner's names to somebody else."""
    one.call(learner=world.random.choice(_LOOKED_UP))
    other = Person(one.person.number + 600)
    one.learners.add(other.id)
    one.reassigned = True
    other.enters(world.tenant)
    attribute = {"userPrincipalName": "upn", "email": "mail", "employeeId": "employee_id"}[one.learner_name]

    def changes() -> None:
        for user in world.tenant.users:
            if user.id == one.person.id:
                setattr(user, attribute, None)
            elif user.id == other.id:
                setattr(user, attribute, one.person.value(one.learner_name))

    return Trouble("reassigned name", changes=changes)


def two_names(world: World, one: Enrolment) -> Trouble:
    """Some events name the learner and the course otherwise."""
    for event in one.events:
        if "learner" in event.document and world.random.random() < 0.5:
            event.document["learner"] = one.person.name(world.random.choice(NAMES))
            event.document["course"] = one.course.name(world.random.choice(("externalId", "learningContentId")))
    return Trouble("two names")


def two_people(world: World, one: Enrolment) -> Trouble:
    """Two learners share the id of an enrolment."""
    other = Person(one.person.number + 700)
    other.enters(world.tenant)
    other.has_account(world.people, world.random)
    one.learners.add(other.id)
    one.conflicts = True
    for event in _some(world.random, one):
        event.person = other
        event.document["learner"] = other.name(world.random.choice(NAMES))
    return Trouble("two people")


def two_courses(world: World, one: Enrolment) -> Trouble:
    """Let two courses share an enrolment id."""
    other = Course(one.course.number + 700)
    other.enters(world.tenant)
    one.conflicts = True
    for event in _some(world.random, one):
        event.course = other
        event.document["course"] = other.name(world.random.choice(("externalId", "learningContentId")))
    return Trouble("two courses")


def two_sources(world: World, one: Enrolment) -> Trouble:
    """Let two sources share an enrolment id."""
    one.conflicts = True
    for event in _some(world.random, one):
        event.source = OTHER
    return Trouble("two sources")


def moved_source(world: World, one: Enrolment) -> Trouble:
    """Rename the source at some event. Under the new name, it continues with its records."""
    one.conflicts = True
    for event in one.events[world.random.randrange(len(one.events)) :]:
        event.source = MOVED
    return Trouble("moved source")


def wrong_name(world: World, one: Enrolment) -> Trouble:
    """Let some events use a name that nobody has, until the source corrects it."""
    one.conflicts = True
    nobody = Person(one.person.number + 800)
    for event in one.events:
        event.document |= {"learner": one.person.name(one.learner_name), "course": one.course.name(one.course_name)}
    for event in _some(world.random, one):
        event.person = nobody
        event.document["learner"] = nobody.name(world.random.choice(NAMES[1:]))
    one.nobody = nobody
    return Trouble("wrong name")


def late_course(world: World, one: Enrolment) -> Trouble:
    """Add the course to the catalogue late."""
    one.late = True
    one.call(course="externalId")
    courses = world.tenant.courses
    enters = lambda: one.course.enters(world.tenant)  # noqa: E731  used twice
    return Trouble("late course", lambda: courses.pop(one.course.external_id, None) and None, enters, enters)


def refusal(world: World, one: Enrolment) -> Trouble:
    """Let Graph refuse the enrolment's activity: in known words, in unknown ones, or with a server error."""
    answer = world.random.choice((UNLICENSED, NOT_OWNED, UNKNOWN_WORDS, WRONG_TYPE, ILL))
    operations = world.random.choice((("create",), ("create", "update"), ("update",)))
    return _rule(
        world,
        f"{answer.status} for {operations}",
        lambda operation, body: answer if operation in operations and _is(one, body) else None,
    )


def refused_type(world: World, one: Enrolment) -> Trouble:
    """Let Graph refuse one type of activity, often one that a later event asks for."""
    types: list[tuple[str, str | None]] = [
        (SELF_INITIATED, None),
        (ASSIGNMENT, "recommended"),
        (ASSIGNMENT, "required"),
    ]
    asked = [expected([event.document for event in one.events[:count]]) for count in range(2, len(one.events) + 1)]
    later = sorted({kind for model in asked if model is not None for kind in model.kinds}, key=str)
    kind, terms = world.random.choice(later * 2 + types)
    answer = world.random.choice((WRONG_TYPE, UNKNOWN_WORDS, refused(403, "Forbidden", "No permission.")))

    def rule(operation: str, body: Body) -> Answer | None:
        wanted = body.get("@odata.type") == kind and body.get("assignmentType") == terms
        return answer if operation == "create" and wanted and _is(one, body) else None

    return _rule(world, f"{kind[-10:]} {terms} refused with {answer.status}", rule)


def missing_role(world: World, _: Enrolment) -> Trouble:
    """Take away the app's permission for a kind of activity."""
    role = world.random.choice(list(ROLES.values()))
    roles = world.tenant.roles

    def begins() -> None:
        roles.discard(role)

    def ends() -> None:
        roles.add(role)

    return Trouble(f"no {role}", begins, ends, ends)


OF_LEARNERS = (
    late_user,
    late_account,
    wrong_account,
    reassigned_name,
    two_names,
    two_people,
    two_courses,
    two_sources,
    moved_source,
    wrong_name,
)
OF_GRAPH = (late_course, refusal, refusal, refused_type, refused_type, missing_role)


def _rule(world: World, name: str, rule: Callable[[str, Body], Answer | None]) -> Trouble:
    def applies(_: Tenant, operation: str, body: Body) -> Answer | None:
        return rule(operation, body)

    rules = world.tenant.rules

    def ends() -> None:
        if applies in rules:
            rules.remove(applies)

    return Trouble(name, lambda: rules.append(applies), ends, ends)


def _is(one: Enrolment, body: Body) -> bool:
    return bool(body.get(EXTERNAL_ID) == one.external_id)


def _some(random: Random, one: Enrolment) -> list[Event]:
    """Return some of the events that name a learner, but not all of them."""
    named = [event for event in one.events if "learner" in event.document]
    return random.sample(named, random.randint(1, len(named) - 1)) if len(named) > 1 else []
