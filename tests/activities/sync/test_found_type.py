"""The type of an activity that a lookup finds."""

from typing import Any, cast

import pytest

from activities.domain.found import FoundActivity
from activities.domain.sync_parts import Attempt, Lease
from activities.domain.sync_state import SyncState
from activities.domain.terms import ActivityType, ImmutablePart
from activities.sync.requests import Requests
from activities.sync.steps import Lookup
from tests.activities.sync.records import IDS, NOW, REQUIRED, SELF_TYPE, TIMES


class Finds:
    """A Graph in which there's one activity."""

    def __init__(self, found: FoundActivity) -> None:
        self.found = found

    async def find_activity(self, _external_id: str, _kind: str) -> FoundActivity:
        """Return it."""
        return self.found


@pytest.mark.parametrize(("says", "believed"), [(True, SELF_TYPE), (False, REQUIRED)])
async def test_what_graph_says_counts_more_than_what_was_attempted(says: bool, believed: ActivityType) -> None:  # noqa: FBT001
    """A record with the wrong type for its activity could neither update nor replace it."""
    attempt = Attempt(0.0, ImmutablePart(REQUIRED, IDS))
    graph = Finds(FoundActivity("id-1", SELF_TYPE, IDS, says_type=says))
    state = SyncState(attempt=attempt, lease=Lease("owner", NOW + TIMES.lease))
    requests = Requests(cast("Any", graph), TIMES, lambda: NOW)
    learned, _ = await requests.send(Lookup("e", attempt, "assignment"), state)
    assert learned.activity is not None
    assert learned.activity.immutable.type == believed
