"""JMESPath expressions of format files: checked when loaded, and never raising afterwards."""

from collections.abc import Mapping

import jmespath
from jmespath import exceptions, functions

# An identifier of Canvas that is valid across its databases is the database's number times this, plus the local one.
_CANVAS_SHARD = 10**13


class Functions(functions.Functions):
    """JMESPath's own functions, and those that formats need besides."""

    @functions.signature({"types": ["string", "number", "null"]}, {"types": ["string", "number", "null"]})
    def _func_canvas_local_id(self, identifier: object, root_account: object) -> object:
        """The identifier as Canvas writes it in events that name local ones, given a global id of the same database."""
        number, root = _digits(identifier), _digits(root_account)
        if number is None or root is None or number // _CANVAS_SHARD != root // _CANVAS_SHARD:
            return identifier
        return str(number % _CANVAS_SHARD)


def _digits(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 30 else None  # noqa: PLR2004  # far above ids


_OPTIONS = jmespath.Options(custom_functions=Functions())


class Expression:
    """A compiled expression. Whatever it trips over in an event is null, as in JMESPath a missing field is."""

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

    def holds(self, document: object) -> bool:
        """Whether the value is true in JMESPath's sense: null, false and what is empty are not; zero is."""
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
    """The names of an expression that is nothing but names and dots: most are, and a loop is faster than a visitor."""
    children = node.get("children")
    if node.get("type") == "field":
        return (str(node.get("value")),)
    if node.get("type") != "subexpression" or not isinstance(children, list):
        return None
    paths = [_plain_path(child) for child in children]
    if any(path is None for path in paths):
        return None
    return tuple(name for path in paths if path is not None for name in path)
