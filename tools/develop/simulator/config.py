"""The simulated tenant's configuration. Every field can be changed while it runs."""

import uuid
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt

from tools.develop.simulator.paths import Slashes

Permission = Literal["assignment", "selfInitiated", "content", "user", "userDetails"]

ROLES: Mapping[Permission, str] = {
    "assignment": "LearningAssignedCourse.ReadWrite.All",
    "selfInitiated": "LearningSelfInitiatedCourse.ReadWrite.All",
    "content": "LearningContent.Read.All",
    "user": "User.ReadBasic.All",
    "userDetails": "User.Read.All",
}
"""The app role that stands for each permission in a token."""

PERMISSIONS: frozenset[Permission] = frozenset(ROLES)


def _new_id() -> str:
    return str(uuid.uuid4())


class User(BaseModel):
    """A person in the directory. Gets a new `id` if none is given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(default_factory=_new_id)
    user_principal_name: str
    mail: str | None = None
    employee_id: str | None = None
    display_name: str | None = None
    proxy_addresses: tuple[str, ...] = ()


class Content(BaseModel):
    """A course in the catalogue. Gets a new `id` if none is given.

    Without a `provider_id`, it belongs to the simulator's own provider.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(default_factory=_new_id)
    external_id: str
    title: str = ""
    provider_id: str | None = None


class Quota(BaseModel):
    """At most `requests` requests in any window of `seconds` seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests: PositiveInt
    seconds: PositiveFloat


ASSUMED_QUOTA = (Quota(requests=1, seconds=1), Quota(requests=500, seconds=600))
"""Figures that others have reported, without naming a source. Microsoft publishes none for this family of APIs."""


class Config(BaseModel):
    """The simulator's settings. Assignments are validated, so a misspelt setting is an error."""

    model_config = ConfigDict(validate_assignment=True, extra="forbid")

    # The provider
    provider_id: str = "13727311-e7bb-470d-8b20-6a23d9030d70"
    provider_registered: bool = True
    sync_enabled: bool = True

    # The tenant. To change `users` or `contents`, assign a new tuple: nothing else is noticed.
    users: tuple[User, ...] = ()
    contents: tuple[Content, ...] = ()
    unlicensed_learners: set[str] = Field(default_factory=set)
    strict_learners: bool = Field(default=False, description="refuse a learner or assigner who isn't in `users`")
    strict_contents: bool = Field(default=False, description="refuse a course that isn't in `contents`")
    permissions: set[Permission] = Field(default_factory=lambda: set(PERMISSIONS))
    service_plan: bool = True

    # Identity
    identity_id: str = "2f1d7f2e-7d3b-4a55-9c0e-0a6c7d1e5b42"
    audience: str = "https://graph.microsoft.com"
    identity_header: str = "simulated-identity-header"
    client_ids: set[str] | None = Field(None, description="user-assigned identities that exist; None allows any")
    token_lifetime: float = Field(86_400, description="seconds; a negative lifetime issues expired tokens")
    token_audience: str | None = Field(None, description="issue tokens for this audience instead")
    identity_status: int | None = Field(None, description="respond to every token request with this status")
    identity_delay: NonNegativeFloat = Field(0, description="seconds that every token request takes")

    # Behaviour
    quota: tuple[Quota, ...] = ()
    retry_after: str = Field(
        "seconds",
        description="how a 429 says how long to wait: seconds, date, message (minutes in the text, no header) or none. "
        "Anything else is sent as the header's value",
    )
    duplicates: Literal["duplicate", "conflict", "upsert"] = "duplicate"
    visible_after: NonNegativeFloat = Field(0, description="seconds until a creation or deletion becomes visible")
    latency: NonNegativeFloat = Field(0, description="seconds that every Graph request takes")
    max_lengths: dict[str, int] = Field(default_factory=dict, description="characters allowed per property")
    slashes: Slashes = Field("any", description="what happens to slashes in path values, and to ids that aren't plain")
    reference_casing: bool = Field(default=False, description="return externalCourseActivityId, as in the reference")
    requests_kept: PositiveInt = 200_000
