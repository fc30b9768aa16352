"""The simulated Graph's activities, and when changes to them become visible."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tools.develop.simulator.schema import EXTERNAL_ID, KINDS, REFERENCE_EXTERNAL_ID, RULES, TYPE, Body, Kind

_TYPES = {kind: name for name, kind in KINDS.items()}


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(eq=False)
class Activity:
    """One learningCourseActivity. `body` holds the properties that were sent, in the CSDL's casing."""

    id: str
    kind: Kind
    provider_id: str
    body: Body
    created: datetime
    changed: datetime
    shows_at: float  # when it becomes visible, on the monotonic clock
    deleted: datetime | None = None
    hides_at: float | None = None  # once deleted: when it stops being visible, on the monotonic clock

    @property
    def external_id(self) -> str | None:
        """The provider's own key for the activity, if it has one."""
        value: str | None = self.body.get(EXTERNAL_ID)
        return value

    @property
    def visible(self) -> bool:
        """Whether reads find it. A new activity may become visible late, and a deleted one stay visible for a while."""
        now = time.monotonic()
        return self.shows_at <= now and (self.hides_at is None or now < self.hides_at)

    def as_json(self, *, reference_casing: bool = False) -> dict[str, Any]:
        """Return the activity as Graph returns it: every property, with null if it has no value."""
        properties = {name: self.body.get(name) for name in RULES[self.kind]}
        properties["learningProviderId"] = self.provider_id
        if reference_casing:
            properties[REFERENCE_EXTERNAL_ID] = properties.pop(EXTERNAL_ID)
        return {TYPE: _TYPES[self.kind], "id": self.id, **properties}


class Activities:
    """All activities by id and by external id. `live` holds the current ones. The `by_` methods see changes late."""

    def __init__(self) -> None:
        self.live: dict[str, Activity] = {}
        self._by_id: dict[str, Activity] = {}
        self._by_external_id: dict[str, list[Activity]] = {}

    def create(self, kind: Kind, provider_id: str, body: Body, visible_after: float) -> Activity:
        """Add an activity that becomes visible after `visible_after` seconds."""
        identifier = f"{uuid.uuid4()}:{uuid.uuid4()}"
        now = _now()
        activity = Activity(identifier, kind, provider_id, body, now, now, time.monotonic() + visible_after)
        self.live[identifier] = self._by_id[identifier] = activity
        if activity.external_id is not None:
            self._by_external_id.setdefault(activity.external_id, []).append(activity)
        return activity

    def replace(self, activity: Activity, kind: Kind, body: Body) -> None:
        """Overwrite an activity. It keeps its id and external id."""
        activity.kind, activity.body, activity.changed = kind, body, _now()

    def update(self, activity: Activity, changes: Body) -> None:
        """Change properties. Null removes one."""
        merged = activity.body | changes
        activity.body = {name: value for name, value in merged.items() if value is not None}
        activity.changed = _now()

    def delete(self, activity: Activity, visible_after: float) -> None:
        """Delete an activity. Reads still find it for `visible_after` seconds."""
        activity.deleted = _now()
        activity.hides_at = time.monotonic() + visible_after
        del self.live[activity.id]
        self._forget_hidden(activity)

    def existing(self, external_id: str) -> Activity | None:
        """Find the oldest live activity with an external id, visible or not."""
        return next((one for one in self._with(external_id) if one.deleted is None), None)

    def by_id(self, identifier: str) -> Activity | None:
        """Find the visible activity with an id, deleted or not."""
        activity = self._by_id.get(identifier)
        if activity is None or activity.visible:
            return activity
        self._forget_hidden(activity)
        return None

    def by_external_id(self, external_id: str) -> Activity | None:
        """Find the oldest visible activity with an external id, deleted or not."""
        return next((one for one in self._with(external_id) if one.visible), None)

    def _with(self, external_id: str) -> Iterator[Activity]:
        for activity in list(self._by_external_id.get(external_id, ())):
            yield activity
            self._forget_hidden(activity)

    def _forget_hidden(self, activity: Activity) -> None:
        if activity.hides_at is None or activity.hides_at > time.monotonic():
            return
        if self._by_id.pop(activity.id, None) is None or activity.external_id is None:
            return
        others = self._by_external_id[activity.external_id]
        others.remove(activity)
        if not others:
            del self._by_external_id[activity.external_id]
