"""The simulated tenant in memory. The server serves it, and the admin interface inspects and changes it."""

from collections.abc import Callable
from typing import Any

from tools.develop.simulator.activities import Activity
from tools.develop.simulator.config import Config, Content, User
from tools.develop.simulator.directory import Directory
from tools.develop.simulator.dispatcher import Dispatcher
from tools.develop.simulator.faults import Fault, Faults
from tools.develop.simulator.graph import Graph
from tools.develop.simulator.journal import Journal, RecordedRequest
from tools.develop.simulator.tokens import Tokens

GRAPH_PATH = "/v1.0"
TOKEN_PATH = "/msi/token"  # noqa: S105  (a path)


class Tenant:
    """One tenant's Microsoft Graph, directory and managed identity endpoint, without a server.

    Keyword arguments are the fields of `Config`.
    """

    def __init__(self, **config: Any) -> None:  # noqa: ANN401  (each field of Config has its own type)
        self.config = Config(**config)
        self.url = ""  # set when a server starts
        self._dispatcher = Dispatcher()
        self._tokens = Tokens(self.config)
        self._graph = Graph(self.config)

    @property
    def graph_url(self) -> str:
        """The base URL of Microsoft Graph v1.0."""
        return self.url + GRAPH_PATH

    @property
    def environment(self) -> dict[str, str]:
        """The app settings that point a function app at the simulator."""
        return {
            "GRAPH_BASE_URL": self.graph_url,
            "IDENTITY_ENDPOINT": self.url + TOKEN_PATH,
            "IDENTITY_HEADER": self.config.identity_header,
            "LEARNING_PROVIDER_ID": self.config.provider_id,
        }

    @property
    def activities(self) -> list[Activity]:
        """The activities that exist, oldest first, even if they aren't visible yet."""
        return list(self._graph.activities.live.values())

    @property
    def requests(self) -> list[RecordedRequest]:
        """The recorded requests, oldest first."""
        return self.journal.requests

    @property
    def counts(self) -> dict[tuple[str, str], int]:
        """The number of requests that have ended, by operation and status ("none": no response was sent)."""
        return dict(self.journal.counts)

    @property
    def journal(self) -> Journal:
        """The recorded requests and their counts."""
        return self._dispatcher.journal

    @property
    def directory(self) -> Directory:
        """The configuration's people and courses, by their keys."""
        return self._graph.directory

    def configure(self, **changes: Any) -> None:  # noqa: ANN401  (each field of Config has its own type)
        """Change settings. If one is wrong, none is changed.

        Raises:
            pydantic.ValidationError: a setting is unknown or has a wrong value.

        """
        checked = Config(**{**dict(self.config), **changes})
        for name in changes:
            setattr(self.config, name, getattr(checked, name))

    def put_user(self, user: User) -> None:
        """Add a person. This replaces one with the same id or user principal name."""
        name = user.user_principal_name.lower()
        others = (one for one in self.config.users if one.id != user.id and one.user_principal_name.lower() != name)
        self.config.users = (*others, user)

    def put_content(self, content: Content) -> None:
        """Add a course. This replaces one with the same id, or with the same provider and external id."""
        key = (content.provider_id, content.external_id)
        others = (
            one for one in self.config.contents if one.id != content.id and (one.provider_id, one.external_id) != key
        )
        self.config.contents = (*others, content)

    def lift_faults(self) -> None:
        """Lift all faults."""
        self._dispatcher.faults = Faults()

    def fault(self, **fault: Any) -> Fault:  # noqa: ANN401  (each field of Fault has its own type)
        """Set a fault. The arguments are the fields of `Fault`."""
        made = Fault(**fault)
        self._dispatcher.faults.add(made)
        return made

    def token(self, audience: str | None = None, lifetime: float = 3600) -> str:
        """Issue a token without the identity endpoint. With a negative lifetime (seconds), it has already expired."""
        return self._tokens.issue(audience or self.config.audience, lifetime)[0]

    def reset(self) -> None:
        """Forget activities, requests, faults and delayed effects, but keep the configuration."""
        self._dispatcher.reset()
        self._graph = Graph(self.config)

    async def wait_until(self, condition: Callable[[], object], seconds: float = 10) -> None:
        """Wait until a condition is true. It's checked at every recorded change.

        Raises:
            TimeoutError: it isn't true within `seconds`.

        """
        await self.journal.wait_until(condition, seconds)
