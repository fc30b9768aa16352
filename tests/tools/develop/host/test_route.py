"""Routes match as in the Functions host."""

import pytest

from tools.develop.host.route import Route
from tools.develop.host.worker import AppError, Function


def route(template: str, prefix: str = "api", methods: list[str] | None = None) -> Route:
    """Return the route of a function with this template."""
    return Route.of(Function("id", "f", {"route": template, "methods": methods}, has_outputs=False), prefix)


@pytest.mark.parametrize(
    ("template", "prefix", "path", "parameters"),
    [
        ("text", "api", "/api/text", {}),
        ("text", "api", "/API/Text/", {}),
        ("text", "api", "/api/text//", None),
        ("text", "api", "//api/text", None),
        ("text", "api", "/api/text/more", None),
        ("text", "api", "/api", None),
        ("text", "api", "/text", None),
        ("text", "", "/text", {}),
        ("text", "v1/hooks", "/v1/hooks/text", {}),
        ("/text/", "/api/", "/api/text", {}),
        ("", "api", "/api", {}),
        ("a.b", "api", "/api/a.b", {}),
        ("a.b", "api", "/api/axb", None),
        ("{name}/x", "api", "/api/N%2Fa ü\n/X", {"name": "N%2Fa ü\n"}),
        ("{name}/x", "api", "/api//x", None),
        ("{name}/x", "api", "/api/a/b/x", None),
        ("{one}/{two}", "api", "/api/1/2", {"one": "1", "two": "2"}),
    ],
)
def test_the_path_decides(template: str, prefix: str, path: str, parameters: dict[str, str] | None) -> None:
    """Case doesn't count, and neither does one trailing slash. A parameter takes a whole segment that isn't empty."""
    assert route(template, prefix).match("GET", path) == parameters


@pytest.mark.parametrize(
    ("methods", "method", "matches"),
    [
        (["POST", "put"], "POST", True),
        (["POST", "put"], "PUT", True),
        (["POST", "put"], "GET", False),
        (["GET"], "HEAD", False),
        (None, "GET", True),
        (None, "PURGE", True),
    ],
)
def test_the_method_decides(methods: list[str] | None, method: str, *, matches: bool) -> None:
    """A trigger without methods takes all."""
    assert (route("text", methods=methods).match(method, "/api/text") is not None) == matches


@pytest.mark.parametrize("template", ["a/{id:int}", "a/{id?}", "a/{*rest}", "a/b{id}", "a/{1}"])
def test_a_parameter_that_is_not_supported_is_an_error(template: str) -> None:
    """The host doesn't start with a route that it would match differently."""
    with pytest.raises(AppError, match="f: in a route, this host only supports"):
        route(template)
