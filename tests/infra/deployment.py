"""Evaluates what a Bicep file would deploy: each resource in it and in its modules, with its values.

Values that only Azure knows (ids, endpoints, generated names) become text in angle brackets.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from tests.infra.bicep import Declaration, Node, UnreadableError, declarations

Read = Callable[[str], str]
Value = Any  # text, number, Boolean, list, dictionary, resource, or a function of these
Values = dict[str, Any]


class Unknown(str):
    """A value that only Azure knows."""

    __slots__ = ()


@dataclass
class Resource:
    """One resource. `type` is its full type without the version."""

    type: str
    version: str
    name: str
    body: Values
    existing: bool
    parent: "Resource | None" = None
    children: dict[str, "Resource"] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The names from the outermost resource to this one."""
        return f"{self.parent.path}/{self.name}" if self.parent else self.name

    @property
    def properties(self) -> Values:
        """The `properties` of the body; empty if it has none."""
        properties: Values = self.body.get("properties", {})
        return properties


@dataclass
class Deployment:
    """What one file, with its modules, would deploy."""

    resources: list[Resource] = field(default_factory=list)
    outputs: Values = field(default_factory=dict)

    def of_type(self, kind: str) -> list[Resource]:
        """The resources of a type that are created, without those that are only referred to."""
        return [resource for resource in self.resources if resource.type == kind and not resource.existing]


def parameters(path: str, read: Read, environment: Mapping[str, str]) -> Values:
    """Evaluate a parameter file."""
    scope = _Scope(path, read, Deployment(), environment)
    declared = declarations(read(path))
    scope.declared = {item.name: item for item in declared if item.kind == "var"}
    return {item.name: scope.value(item.value) for item in declared if item.kind == "param" and item.value}


def deployment(path: str, read: Read, given: Values) -> Deployment:
    """Evaluate a file with the given parameters.

    Raises:
        UnreadableError: a parameter is missing or unknown, or the file uses something that is not known here.
    """
    result = Deployment()
    scope = _Scope(path, read, result, {})
    declared = declarations(read(path))
    unknown = set(given) - {item.name for item in declared if item.kind == "param"}
    if unknown:
        raise UnreadableError(f"{path} has no parameter {', '.join(sorted(unknown))}")
    scope.declared = {item.name: item for item in declared if item.kind in {"param", "var", "resource", "module"}}
    scope.given = given
    for item in declared:
        if item.kind in {"resource", "module"}:
            scope.name(item.name)
        elif item.kind == "output":
            result.outputs[item.name] = scope.value(item.value)
    return result


class _Scope:
    """The names in one file. Each is evaluated when it is first needed."""

    def __init__(self, path: str, read: Read, result: Deployment, environment: Mapping[str, str]) -> None:
        self.path, self.read, self.result, self.environment = path, read, result, environment
        self.declared: dict[str, Declaration] = {}
        self.given: Values = {}
        self.known: Values = {}

    # ---- declarations

    def name(self, name: str) -> Value:
        if name not in self.known:
            if name not in self.declared:
                raise UnreadableError(f"{self.path}: unknown name {name}")
            self.known[name] = self.declaration(self.declared[name])
        return self.known[name]

    def declaration(self, item: Declaration) -> Value:
        if item.kind == "param":
            if item.name in self.given:
                return self.given[item.name]
            if item.value is None:
                raise UnreadableError(f"{self.path}: parameter {item.name} is required")
        if item.kind in {"param", "var"}:
            return self.value(item.value)
        make = self.module if item.kind == "module" else self.resource
        if item.value is not None and item.value.kind == "loop":
            return [made for made in self.loop(item.value, lambda body: make(item, body)) if made]
        return make(item, item.value)

    def body(self, node: Node | None) -> Node | None:
        """The object of a declaration, or None if its condition is false."""
        if node is not None and node.kind == "if":
            return node.parts[1] if self.value(node.parts[0]) else None
        return node

    def module(self, item: Declaration, node: Node | None) -> Value:
        node = self.body(node)
        if node is None:
            return None
        given = self.value(node).get("params", {})
        inner = deployment(str(PurePosixPath(self.path).parent / item.type), self.read, given)
        self.result.resources += inner.resources
        return {"outputs": inner.outputs}

    def resource(self, item: Declaration, node: Node | None, parent: Resource | None = None) -> Resource | None:
        node = self.body(node)
        if node is None:
            return None
        nested = [part for part in node.parts if isinstance(part, Declaration)]
        body = self.value(Node("object", tuple(part for part in node.parts if not isinstance(part, Declaration))))
        kind, _, version = item.type.partition("@")
        if parent:
            kind, version = f"{parent.type}/{kind}", parent.version
        name, parent = body.get("name", ""), parent or body.get("parent")
        made = Resource(kind, version, name, body, item.existing, parent)
        self.result.resources.append(made)
        for child in nested:
            inner = self.resource(child, child.value, made)
            if inner:
                made.children[child.name] = inner
        return made

    def loop(self, node: Node, make: Callable[[Node], Any]) -> list[Any]:
        variable, index, items, body = node.parts
        saved = dict(self.known)
        made = []
        for count, item in enumerate(self.value(items)):
            self.known |= {variable: item} | ({index: count} if index else {})
            made.append(make(body))
        for name in (variable, index):
            self.known.pop(name, None)
        self.known |= {name: saved[name] for name in (variable, index) if name in saved}
        return made

    # ---- expressions

    def value(self, node: Node | None) -> Value:
        if node is None:
            return None
        return getattr(self, f"_{node.kind}")(*node.parts)

    def _value(self, value: object) -> object:
        return value

    def _name(self, name: str) -> Value:
        return self.name(name)

    def _text(self, *parts: str | Node) -> str:
        return "".join(part if isinstance(part, str) else str(self.value(part)) for part in parts)

    def _array(self, *items: Node) -> list[Any]:
        return [self.value(item) for item in items]

    def _loop(self, *parts: Value) -> list[Any]:
        return self.loop(Node("loop", parts), self.value)

    def _object(self, *entries: tuple[Any, Node]) -> Values:
        values: Values = {}
        for key, value in entries:
            values |= self.value(value) if key == "..." else {self.value(key): self.value(value)}
        return values

    def _unary(self, operator: str, node: Node) -> Value:
        return not self.value(node) if operator == "!" else -self.value(node)

    def _binary(self, operator: str, left: Node, right: Node) -> Value:
        first = self.value(left)
        return {
            "==": lambda: first == self.value(right),
            "!=": lambda: first != self.value(right),
            "*": lambda: first * self.value(right),
            "&&": lambda: first and self.value(right),
            "??": lambda: self.value(right) if first is None else first,
        }[operator]()

    def _ternary(self, condition: Node, yes: Node, no: Node) -> Value:
        return self.value(yes if self.value(condition) else no)

    def _lambda(self, name: str, body: Node) -> Callable[[Any], Any]:
        return lambda item: self.loop(Node("loop", (name, "", Node("value", ([item],)), body)), self.value)[0]

    def _index(self, of: Node, key: Node) -> Value:
        return self.value(of)[self.value(key)]

    def _child(self, of: Node, name: str) -> Resource:
        parent: Resource = self.value(of)
        return parent.children[name]

    def _member(self, of: Node, name: str) -> Value:
        value = self.value(of)
        if isinstance(value, Resource):
            return value.name if name == "name" else Unknown(f"<{value.type} {value.path}.{name}>")
        if isinstance(value, Unknown):
            return Unknown(f"{value[:-1]}.{name}>")
        return value[name]

    def _optional(self, of: Node, name: str) -> Value:
        return self.value(of).get(name)

    def _call(self, name: str, arguments: tuple[Node, ...]) -> Value:
        if name == "loadTextContent":
            return self.read(str(PurePosixPath(self.path).parent / self.value(arguments[0])))
        if name == "readEnvironmentVariable":
            variable, *default = (self.value(argument) for argument in arguments)
            return self.environment[variable] if variable in self.environment else default[0]
        if name not in FUNCTIONS:
            raise UnreadableError(f"{self.path}: unknown function {name}")
        return FUNCTIONS[name](*(self.value(argument) for argument in arguments))


def _azure(name: str) -> Callable[..., Unknown]:
    """A function whose result only Azure knows."""
    return lambda *values: Unknown(f"<{name}({', '.join(map(str, values))})>")


def _string(value: Value) -> str:
    """A value as text; an object or an array is written as JSON."""
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict | list) else str(value)


AZURE_ONLY = ("cidrSubnet", "environment", "guid", "listKeys", "resourceGroup", "tenant", "uniqueString")
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "concat": lambda *lists: [item for items in lists for item in items],
    "contains": lambda items, item: item in items,
    "empty": lambda value: not value,
    "endsWith": str.endswith,
    "filter": lambda items, keep: [item for item in items if keep(item)],
    "int": int,
    "items": lambda values: [{"key": key, "value": values[key]} for key in sorted(values)],
    "map": lambda items, do: [do(item) for item in items],
    "replace": lambda text, old, new: text.replace(old, new),
    "split": str.split,
    "string": _string,
    "toObject": lambda items, key, value: {key(item): value(item) for item in items},
    "toUpper": str.upper,
    "trim": str.strip,
    "union": lambda *objects: {key: value for item in objects for key, value in item.items()},
    "subscriptionResourceId": lambda *values: values[-1],
    **{name: _azure(name) for name in AZURE_ONLY},
}
