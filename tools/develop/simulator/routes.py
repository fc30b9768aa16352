"""Which Graph operation a request calls."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from tools.develop.simulator.journal import Operation

_EXTERNAL = r"learningCourseActivities\((?i:externalcourseActivityId)=(?P<external_id>[^/]*)\)"
_PROVIDER = r"/employeeExperience/learningProviders/(?P<provider>[^/()]+)"
_ROUTES: tuple[tuple[str, str, Operation], ...] = (
    ("POST", rf"{_PROVIDER}/learningCourseActivities", "create"),
    ("PATCH", rf"{_PROVIDER}/learningCourseActivities/(?P<id>[^/()]+)", "update"),
    ("DELETE", rf"{_PROVIDER}/learningCourseActivities/(?P<id>[^/()]+)", "delete"),
    ("GET", r"/employeeExperience/learningCourseActivities/(?P<id>[^/()]+)", "get"),
    ("GET", rf"{_PROVIDER}/learningCourseActivities/(?P<id>[^/()]+)", "get"),
    ("GET", rf"/employeeExperience/{_EXTERNAL}", "get_by_external_id"),
    ("GET", rf"{_PROVIDER}/{_EXTERNAL}", "get_by_external_id"),
    ("GET", rf"{_PROVIDER}/learningContents\(externalId=(?P<external_id>[^/]*)\)", "find_content"),
    ("GET", r"/users/(?P<id>[^/]+)", "find_user"),
    ("GET", r"/users", "find_user"),
    ("GET", r"/servicePrincipals/(?P<id>[^/]+)/appRoleAssignments", "list_grants"),
)
_ENTITIES = re.compile(rf"{_PROVIDER}/learningCourseActivities.*|/employeeExperience/learningCourseActivities.*")


@dataclass(frozen=True)
class Call:
    """An operation with the keys from its path, decoded."""

    operation: Operation
    provider: str | None = None
    key: str | None = None  # id, external id or user principal name, if the path has one
    known_entity: bool = False  # with an unknown operation: whether the entity exists


def _literal(text: str) -> str:
    """Read an OData string. It's in quotes, and inner quotes are doubled. The reference also omits the outer quotes."""
    quoted = len(text) > 1 and text[0] == text[-1] == "'"
    inner = text[1:-1] if quoted else text
    if "'" in inner.replace("''", ""):
        raise ValueError(text)
    return inner.replace("''", "'") if quoted else inner


def route(method: str, path: str) -> Call:
    """Find the operation for a path below `/v1.0`. The path is percent-encoded and has no query."""
    for allowed, pattern, operation in _ROUTES:
        found = re.fullmatch(pattern, path) if allowed == method else None  # `re` caches compiled patterns
        if found is None:
            continue
        keys = {name: unquote(value) for name, value in found.groupdict().items() if value is not None}
        try:
            key = _literal(keys["external_id"]) if "external_id" in keys else keys.get("id")
        except ValueError:
            break
        return Call(operation, keys.get("provider"), key)
    return Call("unknown", known_entity=_ENTITIES.fullmatch(path) is not None)
