"""JMESPath expressions of format files. They are checked when they are loaded and never raise when evaluated."""

import json
import re
from collections.abc import Mapping

import jmespath
from jmespath import exceptions, functions

# A global id of Canvas is the number of the database (shard) times this, plus the local id.
_CANVAS_SHARD = 10**13
# More digits than any Canvas id has.
_MAX_DIGITS = 30
# A course of Open edX, as its parts name it: the course, its pages, or the block that holds all of its content.
_OPENEDX_COURSE = re.compile(
    r"(.*)/(?:courses?/course-v1:([^/]+)/?|xblock/block-v1:([^/]+)\+type@course\+block@course)"
)


class Functions(functions.Functions):
    """JMESPath's own functions, and those that formats need besides."""

    @functions.signature({"types": ["string", "object", "array", "number", "boolean", "null"]})
    def _func_lower(self, value: object) -> object:
        """A text in lower case. What is no text stays as it is."""
        return value.lower() if isinstance(value, str) else value

    @functions.signature({"types": ["string", "object", "array", "number", "boolean", "null"]})
    def _func_openedx_course(self, identifier: object) -> object:
        """The one address of a course of Open edX, whichever of its addresses is given. Other ids stay as they are."""
        found = _OPENEDX_COURSE.fullmatch(identifier) if isinstance(identifier, str) else None
        return identifier if found is None else f"{found[1]}/course/course-v1:{found[2] or found[3]}"

    @functions.signature({"types": ["string", "object", "array", "number", "boolean", "null"]})
    def _func_from_json(self, value: object) -> object:
        """The value of a text that is JSON. What is no such text stays as it is."""
        try:
            return json.loads(value) if isinstance(value, str) else value
        except (ValueError, RecursionError):
            return value

    @functions.signature(
        {"types": ["string", "object", "array", "number", "boolean", "null"]},
        {"types": ["string"]},
        {"types": ["string"]},
    )
    def _func_replace(self, value: object, old: str, new: str) -> object:
        """A text with `new` wherever it has `old`, for names that an LMS spells in two ways. Other values stay."""
        return value.replace(old, new) if isinstance(value, str) and old else value

    @functions.signature({"types": ["string", "number", "null"]}, {"types": ["string", "number", "null"]})
    def _func_canvas_local_id(self, identifier: object, root_account: object) -> object:
        """The local id for a global `identifier`, if it belongs to the same shard as the global id `root_account`."""
        number, root = _whole_number(identifier), _whole_number(root_account)
        if number is None or root is None or number // _CANVAS_SHARD != root // _CANVAS_SHARD:
            return identifier
        return str(number % _CANVAS_SHARD)


def _whole_number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MAX_DIGITS else None


_OPTIONS = jmespath.Options(custom_functions=Functions())


class Expression:
    """A compiled expression. If it cannot be evaluated on an event, its value is null, as for a missing field."""

    __slots__ = ("_parsed", "_path", "text")

    def __init__(self, text: str) -> None:
        """Compile `text`.

        Raises:
            ValueError: it is not JMESPath, or calls a function that does not exist.
        """
        self.text = text
        try:
            self._parsed = jmespath.compile(text)
        except exceptions.JMESPathError as error:
            raise ValueError(f"not a JMESPath expression: {str(error).splitlines()[0].rstrip(':')}") from error
        _check_functions(self._parsed.parsed)
        self._path = _plain_path(self._parsed.parsed)

    @property
    def path(self) -> tuple[str, ...]:
        """The names in the expression if it is only names and dots, else nothing."""
        return self._path or ()

    def __call__(self, document: object) -> object:
        """The value in `document`, or None."""
        if self._path is None:
            try:
                value: object = self._parsed.search(document, options=_OPTIONS)
            except (exceptions.JMESPathError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                return None
            return value
        for name in self._path:
            if not isinstance(document, dict):
                return None
            document = document.get(name)
        return document

    def matches(self, document: object) -> bool:
        """Whether the value is true by JMESPath's rules: null, false and anything empty are not; zero is."""
        value = self(document)
        return not (value is None or value is False or value in ("", [], {}))


def _check_functions(node: Mapping[str, object]) -> None:
    if node.get("type") == "function_expression" and node.get("value") not in Functions.FUNCTION_TABLE:
        raise ValueError(f"no such function: {node.get('value')}()")
    children = node.get("children")
    for child in children if isinstance(children, list) else []:
        if isinstance(child, dict):
            _check_functions(child)


def _plain_path(node: Mapping[str, object]) -> tuple[str, ...] | None:
    """The names in an expression that is only names and dots, else None.

    Most expressions are such paths, and following one is much faster than evaluating JMESPath.
    """
    children = node.get("children")
    if node.get("type") == "field":
        return (str(node.get("value")),)
    if node.get("type") != "subexpression" or not isinstance(children, list):
        return None
    paths = [_plain_path(child) for child in children]
    if any(path is None for path in paths):
        return None
    return tuple(name for path in paths if path is not None for name in path)
