"""A request to the door, and the answer to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the host hands it over.

    Attributes:
        name: the sender that the address names, whether there is one or not.
        route: whether it came to the address of xAPI statements.
        headers: by their names in lower case. The host joins those that came several times with commas.
        query: the parameters of the query.
        body: the bytes as they were sent.
    """

    name: str
    route: Literal["webhook", "statements"]
    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer: JSON, or nothing for 204."""

    status: HTTPStatus
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The body as it is sent."""
        return "" if self.status == HTTPStatus.NO_CONTENT else json.dumps(self.body)


class Refusal(Exception):
    """A request whose sender is known is not taken. `code` says why, stable, for the log of the sender."""

    def __init__(self, status: HTTPStatus, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
