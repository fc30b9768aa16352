"""The tenant's Graph in memory: activities, users and courses, and how late each change shows.

A read sees Graph as it was some time ago, but no longer ago than the settle time. If several activities have the same
external id, each read chooses one of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.memory.answers import (
    NO_SCOPE,
    NO_SUCH_ACTIVITY,
    NO_SUCH_COURSE,
    NO_SUCH_USER,
    NOT_ALLOWED,
    Answer,
    refused,
)

type Body = dict[str, Any]
type Rule = Callable[["Tenant", str, Body], Answer | None]

EXTERNAL_ID = "externalcourseActivityId"
TYPE = "@odata.type"
ASSIGNMENT = "#microsoft.graph.learningAssignment"
SELF_INITIATED = "#microsoft.graph.learningSelfInitiatedCourse"
ROLES: Mapping[str, str] = {
    ASSIGNMENT: "LearningAssignedCourse.ReadWrite.All",
    SELF_INITIATED: "LearningSelfInitiatedCourse.ReadWrite.All",
}
_BEFORE_EVERYTHING = -1e9


@dataclass(eq=False, slots=True)
class Activity:
    """An activity. `history` has its body after each change, with the time of the change.

    A deleted activity may still be found by its external id until `hides_at`.
    """

    id: str
    body: Body
    created: float
    history: list[tuple[float, Body]]
    deleted: float | None = None
    hides_at: float = 0.0

    @property
    def external_id(self) -> str:
        """The external id."""
        return str(self.body[EXTERNAL_ID])

    def exists_at(self, time: float) -> bool:
        """Whether a read that sees Graph as of this time finds the activity."""
        return self.created <= time and (self.deleted is None or time < max(self.deleted, self.hides_at))

    def body_at(self, time: float) -> Body:
        """Return the body that it had at this time."""
        return next(body for since, body in reversed(self.history) if since <= time or since == self.created)


@dataclass(slots=True)
class User:
    """Somebody in the directory. A name that they don't have is None."""

    id: str
    upn: str | None = None
    mail: str | None = None
    employee_id: str | None = None

    def has(self, name: str, value: str) -> bool:
        """Whether this property has this value."""
        own = {"userPrincipalName": self.upn, "mail": self.mail, "employeeId": self.employee_id}[name]
        return own is not None and own == value


@dataclass(slots=True)
class Tenant:
    """Graph's true state, which reads may show late.

    Attributes:
        clock: returns the time.
        lag: how old the state is that a read sees. It's a function, because each read has its own lag.
        choose: picks one of several activities.
        haunts: how long after its deletion an activity may still be found by its external id.
        rules: what Graph refuses, apart from things that it doesn't know.
        created, changed: called after an activity is created, and before one is changed or deleted.
    """

    clock: Callable[[], float]
    lag: Callable[[], float] = lambda: 0.0
    choose: Callable[[list[Activity]], Activity] = lambda found: found[0]
    haunts: Callable[[], float] = lambda: 0.0
    users: list[User] = field(default_factory=list)
    courses: dict[str, str] = field(default_factory=dict)
    roles: set[str] = field(default_factory=lambda: set(ROLES.values()))
    rules: list[Rule] = field(default_factory=list)
    activities: dict[str, Activity] = field(default_factory=dict)
    created: Callable[[Activity], None] = lambda _: None
    changed: Callable[[Activity, Body | None], None] = lambda *_: None
    _count: int = 0

    @property
    def live(self) -> list[Activity]:
        """The activities that haven't been deleted."""
        return [activity for activity in self.activities.values() if activity.deleted is None]

    def create(self, body: Body) -> Answer:
        """Create an activity."""
        answer = self._refusal("create", body)
        if answer is not None:
            return answer
        self._count += 1
        now = self.clock()
        kept = {name: value for name, value in body.items() if value is not None}
        activity = Activity(f"activity-{self._count}", kept, now, [(now, kept)])
        self.activities[activity.id] = activity
        self.created(activity)
        return Answer(201, _shown(activity, kept))

    def update(self, activity_id: str, changes: Body) -> Answer:
        """Change an activity. A null clears a value."""
        activity = self._changeable(activity_id)
        if activity is None:
            return NO_SUCH_ACTIVITY
        answer = self._refusal("update", activity.body | changes)
        if answer is not None:
            return answer
        if changes[TYPE] != activity.body[TYPE]:
            return refused(400, "badRequest", "Input field @odata.type is invalid")
        body = {name: value for name, value in (activity.body | changes).items() if value is not None}
        self.changed(activity, body)
        activity.body = body
        activity.history.append((self.clock(), body))
        return Answer(204)

    def delete(self, activity_id: str) -> Answer:
        """Delete an activity."""
        activity = self._changeable(activity_id)
        if activity is None:
            return NO_SUCH_ACTIVITY
        answer = self._refusal("delete", activity.body)
        if answer is None:
            self.changed(activity, None)
            activity.deleted = self.clock()
            activity.hides_at = activity.deleted + self.haunts()
        return answer or Answer(204)

    def settle(self) -> None:
        """Stop showing activities that have been deleted."""
        for activity in self.activities.values():
            if activity.deleted is not None:
                activity.hides_at = activity.deleted

    def read(self, activity_id: str) -> Answer:
        """Return an activity by id."""
        return self._read([activity] if (activity := self.activities.get(activity_id)) is not None else [])

    def read_external(self, external_id: str) -> Answer:
        """Return an activity by external id."""
        return self._read([one for one in self.activities.values() if one.external_id == external_id])

    def find_course(self, external_id: str) -> Answer:
        """Return a course from the catalogue."""
        found = self.courses.get(external_id)
        return NO_SUCH_COURSE if found is None else Answer(200, {"id": found})

    def find_user(self, name: str) -> Answer:
        """Return a user by id or user principal name."""
        found = next((user for user in self.users if name in (user.id, user.upn)), None)
        return NO_SUCH_USER if found is None else Answer(200, {"id": found.id})

    def find_users(self, terms: list[tuple[str, str]]) -> Answer:
        """Return at most two users who have one of these properties."""
        found = [user for user in self.users if any(user.has(name, value) for name, value in terms)]
        return Answer(200, {"value": [{"id": user.id} for user in found[:2]]})

    def _changeable(self, activity_id: str) -> Activity | None:
        activity = self.activities.get(activity_id)
        shown = activity is not None and activity.deleted is None and activity.created <= self.clock() - self.lag()
        return activity if shown else None

    def _read(self, activities: list[Activity]) -> Answer:
        seen = self.clock() - self.lag()
        found = [activity for activity in activities if activity.exists_at(seen)]
        if not found:
            return NO_SUCH_ACTIVITY
        activity = self.choose(found)
        answer = self._refusal("read", activity.body)
        return Answer(200, _shown(activity, activity.body_at(seen))) if answer is None else answer

    def _refusal(self, operation: str, body: Body) -> Answer | None:
        if ROLES[body[TYPE]] not in self.roles:
            return NO_SCOPE if self.roles else NOT_ALLOWED
        for rule in self.rules:
            answer = rule(self, operation, body)
            if answer is not None:
                return answer
        return None


def _shown(activity: Activity, body: Body) -> Body:
    return {"id": activity.id, **body}
