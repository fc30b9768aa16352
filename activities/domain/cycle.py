"""Cycles of an enrolment. What happened before the current cycle began no longer counts.

Each call works out from all facts where the cycle begins. This is never decided when an event arrives, because then the
result would depend on the order of arrival.
"""

from dataclasses import dataclass

from activities.domain.fields import Facts, Moment, Value

# Before every event.
_ALWAYS = -(1 << 62)


@dataclass(frozen=True, slots=True)
class Cycle:
    """The facts of the current cycle. `begin` is in microseconds since 1970."""

    facts: Facts
    begin: int

    def value(self, name: str) -> Value:
        """Return the value of a field if it was set in this cycle."""
        found = self.facts.fields.get(name)
        return None if found is None or found.clock.occurred < self.begin else found.value

    def time(self, name: str) -> int | None:
        """Return the time of the event that set a field, if it was set in this cycle."""
        found = self.facts.fields.get(name)
        return None if found is None or found.clock.occurred < self.begin else found.clock.occurred

    def first(self, name: str) -> Moment | None:
        """Return the first moment with this name in the cycle. Moments with a stated time come before all others."""
        found = [moment for moment in self.facts.moments.get(name, ()) if moment.at >= self.begin]
        return min(found, key=lambda moment: (not moment.stated, moment.shown), default=None)


def present_cycle(facts: Facts) -> Cycle:
    """Return the current cycle.

    It begins at the latest event that starts over. After that, two things begin a new cycle: a removal that's followed
    by an assignment or enrolment, unless the course was completed before the removal; and an enrolment after a
    completion, if it may start over.
    """
    begin = max((moment.at for moment in facts.moments.get("over", ())), default=_ALWAYS)
    removals = {moment.at for moment in facts.moments.get("removed", ())}
    enrolments = {moment.at for moment in facts.moments.get("enrolled", ())}
    if not removals and not enrolments:
        return Cycle(facts, begin)
    completions = [moment.at for moment in facts.moments.get("completed", ())]
    assigned = facts.fields.get("assigned")
    last = _last(assigned.clock.occurred if assigned else _ALWAYS, enrolments)
    for time in sorted(time for time in removals | enrolments if time > begin):
        completed = any(begin <= completion < time for completion in completions)
        if (time in enrolments and completed) or (time in removals and time < last and not completed):
            begin = time
    return Cycle(facts, begin)


def _last(assigned: int, enrolments: set[int]) -> int:
    return max(assigned, *enrolments) if enrolments else assigned
