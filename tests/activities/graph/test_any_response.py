"""Whatever comes back, it means something."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from activities.domain.errors import GraphError, Unclear, UriRefused
from activities.graph.responses import Response, error_from


@pytest.mark.parametrize(
    ("operation", "status", "body", "known"),
    [
        ("create", 201, b'{"id": "1"}', True),
        ("create", 200, b'{"id": "1"}', True),
        ("create", 201, b"", False),
        ("create", 204, b"", False),
        ("create", 202, b'{"id": "1"}', False),
        ("update", 204, b"", True),
        ("update", 200, b'{"id": "1"}', True),
        ("update", 200, b"", False),
        ("delete", 202, b"", False),
        ("delete", 200, b"<html>", False),
        ("find_content", 200, b"[]", False),
    ],
)
def test_only_what_graph_says_is_a_success(operation: str, status: int, body: bytes, known: bool) -> None:  # noqa: FBT001
    """A gateway's page, or a status that the reference doesn't have, isn't a response from Graph."""
    error = error_from(operation, Response(status, {}, body))
    assert (error is None) is known
    assert known or (type(error), error.may_have_effect) == (Unclear, True)


def test_the_code_inside_counts_too() -> None:
    """Some front ends of Graph say only there that they can't read the URL."""
    body = b'{"error": {"code": "invalidRequest", "message": "Invalid request", "innerError": {"code": "ParseUri"}}}'
    assert type(error_from("find_content", Response(400, {}, body))) is UriRefused


@given(
    st.integers(100, 599),
    st.dictionaries(st.sampled_from(["retry-after", "request-id", "content-type"]), st.text(max_size=40)),
    st.binary(max_size=60),
)
@example(429, {"retry-after": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, b"")
@example(429, {"retry-after": "Fri, 31 Dec 9999 23:59:59 -2359"}, b"")
def test_every_response_has_a_meaning(status: int, headers: dict[str, str], body: bytes) -> None:
    """Whatever a peer sends, no other exception is raised."""
    assert isinstance(error_from("create", Response(status, headers, body)), GraphError | None)


def test_a_body_of_brackets() -> None:
    """A body that's nested too deeply for the JSON parser isn't JSON."""
    assert isinstance(error_from("create", Response(500, {}, b"[" * 100_000)), Unclear)
