"""The socket on which an app's HTTP functions listen."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tools.develop.host.options import body_limit, http_options
from tools.develop.host.worker import AppError

ADDRESS = "127.0.0.1"
BACKLOG = 512  # like Kestrel, the Functions host's web server


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A listening socket, and what the configuration says about HTTP.

    The host's own process opens the socket. Connections wait in it until the functions' process accepts them, even if
    that process was killed and another is taking its place.
    """

    socket: socket.socket
    prefix: str  # of all routes
    body_limit: int  # bytes

    @classmethod
    def open(cls, port: int, app_root: Path, environment: Mapping[str, str]) -> Self:
        """Listen on a port. 0 means any free one.

        Raises:
            AppError: the port isn't free, or the configuration isn't valid.
        """
        prefix = http_options(app_root, environment).route_prefix
        limit = body_limit(environment)
        try:
            return cls(socket.create_server((ADDRESS, port), backlog=BACKLOG), prefix, limit)
        except (OSError, OverflowError) as error:
            raise AppError(f"can't listen on port {port} of {ADDRESS}: {error}") from error

    @property
    def url(self) -> str:
        """The address, without a trailing slash."""
        return f"http://{ADDRESS}:{self.socket.getsockname()[1]}"

    def close(self) -> None:
        """Close the socket in this process. Once all processes have closed it, connections are refused."""
        self.socket.close()
