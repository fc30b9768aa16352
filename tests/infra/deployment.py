"""Works out what a Bicep file would deploy: every resource of it and of its modules, with values filled in.

What only Azure knows (ids, endpoints, generated names) stays a text in angle brackets.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from tests.infra.bicep import Declaration, Node, UnreadableError, declarations

Read = Callable[[str], str]
Value = Any  # a text, number, truth value, list, dictionary, resource, or a function of those
Values = dict[str, Any]


class Unknown(str):
    """A value that only Azure knows."""

    __slots__ = ()


@dataclass
class Resource:
    """One resource: its full type (without version), name, and body."""

    type: str
    version: str
    name: str
    body: Values
    existing: bool
    file: str
    parent: "Resource | None" = None
    children: dict[str, "Resource"] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The names from the outermost resource to this one."""
        return f"{self.parent.path}/{self.name}" if self.parent else self.name

    @property
    def properties(self) -> Values:
        """The `properties` of the body, or none."""
        found: Values = self.body.get("properties", {})
        return found


@dataclass
class Deployment:
    """What one file declares."""

    resources: list[Resource] = field(default_factory=list)
    outputs: Values = field(default_factory=dict)

    def of_type(self, kind: str) -> list[Resource]:
        """Every resource of a type that is created, not merely referred to."""
        return [one for one in self.resources if one.type == kind and not one.existing]


def parameters(path: str, read: Read, environment: Mapping[str, str]) -> Values:
    """Work out a parameter file."""
    scope = _Scope(path, read, Deployment(), environment)
    return {one.name: scope.value(one.value) for one in declarations(read(path)) if one.kind == "param" and one.value}


def deployment(path: str, read: Read, given: Values) -> Deployment:
    """Work out a file with the given parameters.

    Raises:
        UnreadableError: a parameter is missing or unknown, or the file uses what this reader does not know.
    """
    result = Deployment()
    scope = _Scope(path, read, result, {})
    todo = declarations(read(path))
    unknown = set(given) - {one.name for one in todo if one.kind == "param"}
    if unknown:
        raise UnreadableError(f"{path} has no parameter {', '.join(sorted(unknown))}")
    scope.waiting = {one.name: one for one in todo if one.kind in {"param", "var", "resource", "module"}}
    scope.given = given
    for one in todo:
        if one.kind in {"resource", "module"}:
            scope.name(one.name)
        elif one.kind == "output":
            result.outputs[one.name] = scope.value(one.value)
    return result


class _Scope:
    """The names of one file; each is worked out when it is first needed."""

    def __init__(self, path: str, read: Read, result: Deployment, environment: Mapping[str, str]) -> None:
        self.path, self.read, self.result, self.environment = path, read, result, environment
        self.waiting: dict[str, Declaration] = {}
        self.given: Values = {}
        self.known: Values = {}

    # ---- declarations

    def name(self, name: str) -> Value:
        if name not in self.known:
            if name not in self.waiting:
                raise UnreadableError(f"{self.path}: unknown name {name}")
            self.known[name] = self.declared(self.waiting[name])
        return self.known[name]

    def declared(self, one: Declaration) -> Value:
        if one.kind == "param":
            if one.name in self.given:
                return self.given[one.name]
            if one.value is None:
                raise UnreadableError(f"{self.path}: parameter {one.name} is required")
        if one.kind in {"param", "var"}:
            return self.value(one.value)
        make = self.module if one.kind == "module" else self.resource
        if one.value is not None and one.value.kind == "loop":
            return [made for made in self.loop(one.value, lambda body: make(one, body)) if made]
        return make(one, one.value)

    def body(self, node: Node | None) -> Node | None:
        """The object of a declaration, or none when its condition does not hold."""
        if node is not None and node.kind == "if":
            return node.parts[1] if self.value(node.parts[0]) else None
        return node

    def module(self, one: Declaration, node: Node | None) -> Value:
        node = self.body(node)
        if node is None:
            return None
        given = self.value(node).get("params", {})
        inner = deployment(str(PurePosixPath(self.path).parent / one.type), self.read, given)
        self.result.resources += inner.resources
        return {"outputs": inner.outputs}

    def resource(self, one: Declaration, node: Node | None, parent: Resource | None = None) -> Resource | None:
        node = self.body(node)
        if node is None:
            return None
        nested = [part for part in node.parts if isinstance(part, Declaration)]
        body = self.value(Node("object", tuple(part for part in node.parts if not isinstance(part, Declaration))))
        kind, _, version = one.type.partition("@")
        if parent:
            kind, version = f"{parent.type}/{kind}", parent.version
        made = Resource(
            kind, version, body.get("name", ""), body, one.existing, self.path, parent or body.get("parent")
        )
        self.result.resources.append(made)
        for child in nested:
            inner = self.resource(child, child.value, made)
            if inner:
                made.children[child.name] = inner
        return made

    def loop(self, node: Node, make: Callable[[Node], Any]) -> list[Any]:
        item, index, items, body = node.parts
        saved = dict(self.known)
        found = []
        for count, entry in enumerate(self.value(items)):
            self.known |= {item: entry} | ({index: count} if index else {})
            found.append(make(body))
        for name in (item, index):
            self.known.pop(name, None)
        self.known |= {name: saved[name] for name in (item, index) if name in saved}
        return found

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
        found: Values = {}
        for key, value in entries:
            found |= self.value(value) if key == "..." else {self.value(key): self.value(value)}
        return found

    def _unary(self, operator: str, node: Node) -> Value:
        return not self.value(node) if operator == "!" else -self.value(node)

    def _binary(self, operator: str, left: Node, right: Node) -> Value:
        one, other = self.value(left), self.value(right)
        return {"==": lambda: one == other, "*": lambda: one * other}[operator]()

    def _choice(self, condition: Node, yes: Node, no: Node) -> Value:
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

    def _call(self, name: str, arguments: tuple[Node, ...]) -> Value:
        if name == "loadTextContent":
            return self.read(str(PurePosixPath(self.path).parent / self.value(arguments[0])))
        if name == "readEnvironmentVariable":
            values = [self.value(one) for one in arguments]
            return self.environment[values[0]] if values[0] in self.environment else values[1]
        if name not in FUNCTIONS:
            raise UnreadableError(f"{self.path}: unknown function {name}")
        return FUNCTIONS[name](*(self.value(one) for one in arguments))


def _azure(name: str) -> Callable[..., Unknown]:
    """A function whose result only Azure knows."""
    return lambda *values: Unknown(f"<{name}({', '.join(map(str, values))})>")


AZURE_ONLY = ("cidrSubnet", "environment", "guid", "listKeys", "resourceGroup", "uniqueString")
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "concat": lambda *lists: [item for one in lists for item in one],
    "empty": lambda value: not value,
    "map": lambda items, do: [do(item) for item in items],
    "replace": lambda text, old, new: text.replace(old, new),
    "string": str,
    "union": lambda *objects: {key: value for one in objects for key, value in one.items()},
    "subscriptionResourceId": lambda *values: values[-1],
    **{name: _azure(name) for name in AZURE_ONLY},
}
