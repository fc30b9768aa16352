"""A request to the door, and its answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the host passes it on.

    Attributes:
        name: the sender's name in the URL, whether that sender exists or not.
        route: whether it came to the URL for webhooks or to the one for xAPI statements.
        headers: the headers by their names in lower case. If one came several times, the host joins them with commas.
        query: the query parameters.
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
    """The answer: JSON, or no body for 204."""

    status: HTTPStatus
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The body as it's sent."""
        return "" if self.status == HTTPStatus.NO_CONTENT else json.dumps(self.body)


class Refusal(Exception):
    """A request from a known sender isn't accepted. `code` is a stable word that says why, for the sender's log."""

    def __init__(self, status: HTTPStatus, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
