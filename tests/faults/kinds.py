"""Names for kinds of requests: a test can write `queue:delete:lms-events` instead of a method and a path.

Tables:  table:get, table:query, table:insert, table:update, table:upsert, table:delete, table:batch,
         table:create_table, table:delete_table, table:list_tables;
         shared:get and so on for the rows that processes share
Queues:  queue:get, queue:peek, queue:put, queue:update, queue:delete, queue:clear, queue:create,
         queue:drop, queue:properties, each followed by `:` and the name of the queue
Blobs:   blob:put, blob:get, blob:head, blob:delete, or blob:<comp> with a `comp` parameter; for containers
         blob:container_put and so on
Graph:   graph:create, graph:update, graph:delete, graph:get, graph:get_by_external_id,
         graph:find_content, graph:find_user, graph:batch
Identity endpoint: token
Anything else: other:<method>:<path>
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlsplit

from activities.storage.keys import SHARED_PARTITION

Classify = Callable[[str, str, Mapping[str, str]], str]  # method, target, headers (lower case) -> kind

_VERBS = {"GET": "get", "PUT": "put", "POST": "post", "HEAD": "head", "DELETE": "delete", "PATCH": "patch"}
_TABLE = [
    ("POST", r"\$batch", "batch"),
    ("POST", r"Tables", "create_table"),
    ("GET", r"Tables(\(\))?", "list_tables"),
    ("DELETE", r"Tables\(.*", "delete_table"),
    ("GET", r"\w+\(\)", "query"),
    ("GET", r"\w+\(.*", "get"),
    ("POST", r"\w+", "insert"),
    ("DELETE", r"\w+\(.*", "delete"),
]
_QUEUE = [
    ("GET", True, False, "get"),
    ("POST", True, False, "put"),
    ("DELETE", True, False, "clear"),
    ("PUT", True, True, "update"),
    ("DELETE", True, True, "delete"),
    ("PUT", False, False, "create"),
    ("DELETE", False, False, "drop"),
    ("GET", False, False, "properties"),
]
_ACTIVITIES = r"/employeeExperience/(learningProviders/[^/]+/)?learningCourseActivities"
_GRAPH = [
    ("POST", r"/\$batch", "batch"),
    ("POST", _ACTIVITIES, "create"),
    ("GET", _ACTIVITIES + r"\(.*\)", "get_by_external_id"),
    ("GET", _ACTIVITIES + r"/[^/]+", "get"),
    ("PATCH", _ACTIVITIES + r"(/[^/]+|\(.*\))", "update"),
    ("DELETE", _ACTIVITIES + r"(/[^/]+|\(.*\))", "delete"),
    ("GET", r"/employeeExperience/learningProviders/[^/]+/learningContents\(.*\)", "find_content"),
    ("GET", r"/users(/[^/]+|\(.*\))?", "find_user"),
]


def other(method: str, target: str, _headers: Mapping[str, str]) -> str:
    """Name any other request by its method and path."""
    return f"other:{method}:{urlsplit(target).path}"


def table(method: str, target: str, headers: Mapping[str, str]) -> str:
    """Name a request to Azure Table Storage. The account is the first part of the path, as in Azurite."""
    entity = _below_account(target)
    scope = "shared" if SHARED_PARTITION in entity else "table"
    if method in ("PUT", "PATCH", "MERGE") and "(" in entity:
        return f"{scope}:update" if "if-match" in headers else f"{scope}:upsert"
    for verb, pattern, name in _TABLE:
        if verb == method and re.fullmatch(pattern, entity):
            return f"{scope}:{name}"
    return other(method, target, headers)


def queue(method: str, target: str, headers: Mapping[str, str]) -> str:
    """Name a request to Azure Queue Storage. The account is the first part of the path, as in Azurite."""
    name, *rest = _below_account(target).split("/")
    for verb, messages, message, kind in _QUEUE:
        if (verb, messages, message) == (method, bool(rest), len(rest) > 1) and name:
            peeked = kind == "get" and "peekonly" in urlsplit(target).query
            return f"queue:{'peek' if peeked else kind}:{name}"
    return other(method, target, headers)


def blob(method: str, target: str, headers: Mapping[str, str]) -> str:
    """Name a request to Azure Blob Storage. The account is the first part of the path, as in Azurite."""
    query = parse_qs(urlsplit(target).query)
    if not _below_account(target) or method not in _VERBS:
        return other(method, target, headers)
    scope = "container_" if "restype" in query else ""
    return f"blob:{scope}{query.get('comp', [_VERBS[method]])[0]}"


def graph(method: str, target: str, headers: Mapping[str, str]) -> str:
    """Name a request to Microsoft Graph, whatever version its path has, or to the identity endpoint."""
    if "x-identity-header" in headers:
        return "token"
    path = re.sub(r"^/(v1\.0|beta)(?=/)", "", _path(target))
    for verb, pattern, name in _GRAPH:
        if verb == method and re.fullmatch(pattern, path, re.IGNORECASE):
            return f"graph:{name}"
    return other(method, target, headers)


def _below_account(target: str) -> str:
    return _path(target).lstrip("/").partition("/")[2]


def _path(target: str) -> str:
    """Return the path, and decode characters that only some clients encode. A `%2F` in an id stays encoded."""
    path = urlsplit(target).path
    for sign in "()'$=":
        path = path.replace(f"%{ord(sign):X}", sign)
    return path
