"""JMESPath expressions of format files. They're checked when they're loaded, and never raise when evaluated."""

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import jmespath
from jmespath import exceptions, functions
from jmespath.visitor import TreeInterpreter

from activities.intake.formats.tables import no_such

# A global id in Canvas is the number of the database (shard) times this, plus the local id.
_CANVAS_SHARD = 10**13
# More digits than any Canvas id has.
_MAX_DIGITS = 30
# The addresses by which Open edX names a course: the course, its pages, or the block that holds all of its content.
_OPENEDX_COURSE = re.compile(
    r"(.*)/(?:courses?/course-v1:([^/]+)/?|xblock/block-v1:([^/]+)\+type@course\+block@course)"
)


class Functions(functions.Functions):
    """JMESPath's own functions, and some more that formats need."""

    @functions.signature({"types": ["string", "object", "array", "number", "boolean", "null"]})
    def _func_lower(self, value: object) -> object:
        """Return a text in lower case. Anything else stays as it is."""
        return value.lower() if isinstance(value, str) else value

    @functions.signature({"types": ["string", "object", "array", "number", "boolean", "null"]})
    def _func_openedx_course(self, identifier: object) -> object:
        """Return the same address for every address of an Open edX course. Other ids stay as they are."""
        found = _OPENEDX_COURSE.fullmatch(identifier) if isinstance(identifier, str) else None
        return identifier if found is None else f"{found[1]}/course/course-v1:{found[2] or found[3]}"

    @functions.signature({"types": ["string", "object", "array", "number", "boolean", "null"]})
    def _func_from_json(self, value: object) -> object:
        """Return the value of a text that's JSON. Anything else stays as it is."""
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
        """Replace `old` with `new` in a text, for names that an LMS spells in two ways. Other values stay."""
        return value.replace(old, new) if isinstance(value, str) and old else value

    @functions.signature({"types": ["string", "number", "null"]}, {"types": ["string", "number", "null"]})
    def _func_canvas_local_id(self, identifier: object, root_account: object) -> object:
        """Return the local id for a global `identifier` if it's in the same shard as the global id `root_account`."""
        number, root = _whole_number(identifier), _whole_number(root_account)
        if number is None or root is None or number // _CANVAS_SHARD != root // _CANVAS_SHARD:
            return identifier
        return str(number % _CANVAS_SHARD)


def _whole_number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MAX_DIGITS else None


_INTERPRETER = TreeInterpreter(jmespath.Options(custom_functions=Functions()))
_ERRORS = (exceptions.JMESPathError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

# A node of the tree that jmespath parses an expression into: its `type`, and what belongs to it.
type _Node = Any
type _Evaluate = Callable[[object], object]


class Expression:
    """A compiled expression. If it can't be evaluated on an event, its value is null, as for a missing field."""

    __slots__ = ("_evaluate", "path", "text")

    def __init__(self, text: str) -> None:
        """Compile `text`. If it consists only of names and dots, `path` has the names. Otherwise `path` is empty.

        Raises:
            ValueError: it isn't JMESPath, calls a function that doesn't exist, or calls one with the wrong number of
                arguments.
        """
        self.text = text
        try:
            node: _Node = jmespath.compile(text).parsed
        except exceptions.JMESPathError as error:
            raise ValueError(f"not a JMESPath expression: {_complaint(error, text)}") from error
        _check_functions(node)
        self.path = _plain_path(node) or ()
        self._evaluate = _evaluator(node)

    def __call__(self, document: object) -> object:
        """Return the value in `document`, or None."""
        try:
            return self._evaluate(document)
        except _ERRORS:
            return None

    def matches(self, document: object) -> bool:
        """Whether the value is true by JMESPath's rules: null, false and anything empty aren't, but zero is."""
        return _is_true(self(document))


def _is_true(value: object) -> bool:
    return not (value is None or value is False or value in ("", [], {}))


def _complaint(error: exceptions.JMESPathError, text: str) -> str:
    """Say what's wrong with an expression, and at which character, counted from 1."""
    if not text:
        return "it's empty"
    position = getattr(error, "lex_position", None)
    if isinstance(error, exceptions.IncompleteExpressionError) or position is None or position >= len(text):
        return f"it's incomplete; something is missing after character {len(text)}"
    hint = "; to compare, write ==" if text[position] == "=" else ""
    return f"character {position + 1}, {text[position]}, isn't expected there{hint}"


def _check_functions(node: _Node) -> None:
    if node.get("type") == "function_expression":
        _check_call(str(node["value"]), len(node["children"]))
    children = node.get("children")
    for child in children if isinstance(children, list) else []:
        if isinstance(child, dict):
            _check_functions(child)


def _check_call(name: str, given: int) -> None:
    """Check that a function exists and takes this many arguments. JMESPath itself notices only when it evaluates."""
    known = Functions.FUNCTION_TABLE.get(name)
    if known is None:
        raise ValueError(no_such("function", name, Functions.FUNCTION_TABLE))
    takes = len(known["signature"])
    variadic = any(one.get("variadic") for one in known["signature"])
    if given < takes or (given > takes and not variadic):
        least = "at least " if variadic else ""
        raise ValueError(f"wrong number of arguments for {name}(): expected {least}{takes}, got {given}")


def _plain_path(node: _Node) -> tuple[str, ...] | None:
    """Return the names in an expression that consists only of names and dots, or None for any other."""
    if node["type"] == "field":
        return (str(node["value"]),)
    if node["type"] != "subexpression":
        return None
    paths = [_plain_path(child) for child in node["children"]]
    if any(path is None for path in paths):
        return None
    return tuple(name for path in paths if path is not None for name in path)


def _evaluator(node: _Node) -> _Evaluate:
    """Return a function that evaluates a node, with the same result as JMESPath's own interpreter.

    Most expressions are paths, or paths joined with `&&` and `||`. Following these directly is much faster than
    interpreting them.
    """
    path = _plain_path(node)
    if path is not None:
        return _follower(path)
    if node["type"] == "and_expression":
        return _both(*map(_evaluator, node["children"]))
    if node["type"] == "or_expression":
        return _either(*map(_evaluator, node["children"]))
    return partial(_INTERPRETER.visit, node)


def _follower(path: tuple[str, ...]) -> _Evaluate:
    def follow(document: object) -> object:
        for name in path:
            if not isinstance(document, dict):
                return None
            document = document.get(name)
        return document

    return follow


def _both(one: _Evaluate, other: _Evaluate) -> _Evaluate:
    def both(document: object) -> object:
        value = one(document)
        return other(document) if _is_true(value) else value

    return both


def _either(one: _Evaluate, other: _Evaluate) -> _Evaluate:
    def either(document: object) -> object:
        value = one(document)
        return value if _is_true(value) else other(document)

    return either
