"""The rows of the table of failures, and how to add one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from activities.domain.errors import EverybodysFault, GraphError, Unclear
from tests.faults.peer.answer import Answer
from tests.faults.peer.line import Line

Stage = Literal["listen", "connection", "bytes", "request"]
Act = Callable[[Line, Answer], Awaitable[None]]

# Whether the request may take effect before the failure: never, either way, or always.
NEVER, EITHER, ALWAYS = (False,), (False, True), (True,)


@dataclass(frozen=True)
class Row:
    """One way to fail.

    Args:
        act: the function that fails. It gets the connection, and the answer to the request, which hasn't been sent.
        stage: when it acts: instead of listening, once a connection is accepted, when the first bytes of a request
            have come, or when the whole request has come.
        reused: whether it acts only on connections that have carried a request before.
        effects: whether the request may take effect first.
        tls: whether it needs TLS.
        lies: whether a client may mistake what it gets for a complete answer.
        hangs: whether it lasts until the client gives up.
        drips: whether bytes keep coming, so that only a limit for the whole exchange ends it.
        error: the error that the app's Graph client raises over TLS, if a create meets the failure as the second
            request of a connection. None if the create succeeds.
        plain_error: the same without TLS.
    """

    act: Act
    stage: Stage
    reused: bool
    effects: tuple[bool, ...]
    tls: bool
    lies: bool
    hangs: bool
    drips: bool
    error: type[GraphError] | None
    plain_error: type[GraphError] | None

    @property
    def name(self) -> str:
        """The name of its function, in words."""
        return self.act.__name__.replace("_", " ")

    @property
    def says(self) -> str:
        """What it does, according to its function's docstring."""
        return (self.act.__doc__ or "").strip()


ROWS: dict[str, Row] = {}
Add = Callable[[Act], Act]


def listening() -> Add:
    """Add a row for a port on which nothing listens."""
    return _adding("listen", error=EverybodysFault)


def connection(*, hangs: bool = False) -> Add:
    """Add a row that acts as soon as a connection is accepted. Without TLS, the client may have sent its request."""
    return _adding("connection", hangs=hangs, error=EverybodysFault, plain_error=Unclear)


def handshake(*, hangs: bool = False, error: type[GraphError] = EverybodysFault) -> Add:
    """Add a row that acts instead of an honest TLS handshake."""
    return _adding("connection", tls=True, hangs=hangs, error=error)


def bytes_seen(*, reused: bool = False, hangs: bool = False) -> Add:
    """Add a row that acts when a request's first bytes come. With `reused`, a connection's first request is spared."""
    return _adding("bytes", reused=reused, hangs=hangs, error=Unclear)


def request(  # noqa: PLR0913  each has its own name
    *,
    effects: tuple[bool, ...] = EITHER,
    tls: bool = False,
    lies: bool = False,
    hangs: bool = False,
    drips: bool = False,
    error: type[GraphError] | None = Unclear,
) -> Add:
    """Add a row that acts when a whole request has come. If it doesn't end the connection, another may follow."""
    return _adding("request", effects=effects, tls=tls, lies=lies, hangs=hangs or drips, drips=drips, error=error)


def _adding(  # noqa: PLR0913  each has its own name
    stage: Stage,
    *,
    reused: bool = False,
    effects: tuple[bool, ...] = NEVER,
    tls: bool = False,
    lies: bool = False,
    hangs: bool = False,
    drips: bool = False,
    error: type[GraphError] | None,
    plain_error: type[GraphError] | None = None,
) -> Add:
    def add(act: Act) -> Act:
        row = Row(act, stage, reused, effects, tls, lies, hangs, drips, error, plain_error or error)
        if row.name in ROWS:
            raise ValueError(f"two rows are called {row.name!r}")
        ROWS[row.name] = row
        return act

    return add
