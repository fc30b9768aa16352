"""Whatever comes back, it means something."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from activities.domain.errors import GraphError, Unclear
from activities.graph.responses import Response, error_from


@pytest.mark.parametrize(("body", "known"), [(b"", True), (b'{"id": "1"}', True), (b"<html>", False), (b"[]", False)])
def test_success_has_json_or_nothing(body: bytes, known: bool) -> None:  # noqa: FBT001  the parameter of a test
    """A page of a gateway on the way, sent with status 200, is no answer of Graph."""
    error = error_from("update", Response(200, {}, body))
    assert (error is None) is known
    assert known or (type(error), error.may_have_effect) == (Unclear, True)


@given(
    st.integers(100, 599),
    st.dictionaries(st.sampled_from(["retry-after", "request-id", "content-type"]), st.text(max_size=40)),
    st.one_of(st.binary(max_size=60), st.just(b"[" * 100_000)),
)
@example(429, {"retry-after": "Mon, 01 Jan 0001 00:00:00 +9999"}, b"")
@example(429, {"retry-after": "Fri, 31 Dec 9999 23:59:59 -2359"}, b"")
def test_every_response_has_a_meaning(status: int, headers: dict[str, str], body: bytes) -> None:
    """Whatever a peer sends, nothing else is raised."""
    assert isinstance(error_from("create", Response(status, headers, body)), GraphError | None)
