"""The answer to a request, taken apart so that it can be damaged: the healthy server's, or an invented one."""

import json
from dataclasses import dataclass, replace
from http import HTTPStatus

from tests.faults import wire

MADE_UP = json.dumps({"id": "made-up", "value": []}).encode()
_ECHOED = "client-request-id"
_LENGTHS = ("content-length", "transfer-encoding")


@dataclass(frozen=True)
class Answer:
    """Status, headers except those for the length, and content without chunk framing.

    `raw` is the healthy server's response as it was sent.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = b""
    raw: bytes = b""

    @property
    def succeeded(self) -> bool:
        """Whether its status says that the request succeeded."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def status_line(self) -> bytes:
        """The first line, with its end."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Unknown"
        return f"HTTP/1.1 {self.status:03} {phrase}\r\n".encode()

    @property
    def lines(self) -> bytes:
        """The headers, each with its end."""
        return "".join(f"{name}: {value}\r\n" for name, value in self.headers).encode("latin-1")

    @property
    def head(self) -> bytes:
        """Everything before the content, with the content's length."""
        bare = self.status == HTTPStatus.NO_CONTENT
        length = b"" if bare else f"Content-Length: {len(self.content)}\r\n".encode()
        return self.status_line + self.lines + length + b"\r\n"

    @property
    def whole(self) -> bytes:
        """The answer as it should be sent."""
        return self.head + self.content

    @property
    def filled(self) -> "Answer":
        """The answer with some content, so that it can be cut in the middle. Updates and deletions return none."""
        if self.content:
            return self
        return replace(self, status=200, headers=(*self.headers, ("Content-Type", "application/json")), content=MADE_UP)

    @property
    def chunked(self) -> bytes:
        """The head to send if the content comes in chunks."""
        return self.status_line + self.lines + b"Transfer-Encoding: chunked\r\n\r\n"

    def having(self, *headers: tuple[str, str]) -> "Answer":
        """Return the answer with more headers."""
        return replace(self, headers=(*self.headers, *headers))


def made_up(head: wire.Head) -> Answer:
    """Return an invented success. Like Graph, it repeats the request's id."""
    method, id_of_request = head.start[0], head.headers.get(_ECHOED)
    headers = () if id_of_request is None else ((_ECHOED, id_of_request),)
    if method in ("PATCH", "DELETE"):
        return Answer(204, headers)
    return Answer(201 if method == "POST" else 200, (*headers, ("Content-Type", "application/json")), MADE_UP)


def received(head: wire.Head, body: bytes) -> Answer:
    """Take a server's response apart. `body` is as it was sent, including any chunk framing."""
    lines = head.raw.decode("latin-1").split("\r\n")[1:-2]
    pairs = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    headers = tuple((name, value) for name, value in pairs if name.lower() not in _LENGTHS)
    content = _joined(body) if head.chunked else body
    return Answer(int(head.start[1]), headers, content, head.raw + body)


def _joined(body: bytes) -> bytes:
    """Return the content of a body in chunks."""
    content = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        if not length:
            break
        content, body = content + body[:length], body[length + 2 :]
    return content
