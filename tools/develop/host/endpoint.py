"""The socket on which an app's HTTP functions listen."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tools.develop.host.options import body_limit, http_options
from tools.develop.host.worker import AppError

ADDRESS = "127.0.0.1"
BACKLOG = 512  # as Kestrel, the web server of the Functions host


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A listening socket, and what stands in the configuration about HTTP.

    The host's own process opens it. Connections wait in it until the process of the functions takes them, also while
    that process has been killed and another is taking its place.
    """

    socket: socket.socket
    prefix: str  # of all routes
    body_limit: int  # bytes

    @classmethod
    def open(cls, port: int, app_root: Path, environment: Mapping[str, str]) -> Self:
        """Listen on a port, or on a free one if it is 0.

        Raises:
            AppError: the port is not free, or the configuration is not valid.
        """
        prefix = http_options(app_root, environment).route_prefix
        limit = body_limit(environment)
        try:
            return cls(socket.create_server((ADDRESS, port), backlog=BACKLOG), prefix, limit)
        except (OSError, OverflowError) as error:
            raise AppError(f"cannot listen on port {port} of {ADDRESS}: {error}") from error

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return f"http://{ADDRESS}:{self.socket.getsockname()[1]}"

    def close(self) -> None:
        """Give the socket up in this process; connections are refused when all processes have done so."""
        self.socket.close()
