"""Parses the part of Bicep that infra/ uses into a tree.

It is not a compiler: it knows neither resource types nor Azure. It raises `UnreadableError` for whatever it does not
know, so that nothing is skipped silently.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.infra.tokens import Tokens, UnreadableError

__all__ = ["Declaration", "Node", "UnreadableError", "declarations"]

STRENGTH = {"??": 1, "||": 2, "&&": 3, "==": 4, "!=": 4, "<": 5, ">": 5, "<=": 5, ">=": 5, "+": 6, "-": 6, "*": 7}
LITERALS = {"true": True, "false": False, "null": None}
ESCAPES = {"\\'": "'", "\\\\": "\\", "\\n": "\n", "\\$": "$"}


@dataclass(frozen=True)
class Node:
    """A part of an expression: its kind, and its own parts."""

    kind: str
    parts: tuple[Any, ...]


@dataclass
class Declaration:
    """A parameter, variable, resource, module or output."""

    kind: str
    name: str
    type: str = ""
    value: Node | None = None
    existing: bool = False
    decorators: dict[str, Node | None] = field(default_factory=dict)


def declarations(text: str) -> list[Declaration]:
    """Parse a whole file, in its order."""
    return _Parser(text).file()


class _Parser(Tokens):
    """A recursive descent over the tokens."""

    # ---- declarations

    def file(self) -> list[Declaration]:
        declared = []
        self.skip_lines()
        while not self.see("END"):
            declared.append(self.declaration())
            self.skip_lines()
        return declared

    def declaration(self) -> Declaration:
        decorators: dict[str, Node | None] = {}
        while self.see("@"):
            self.take()
            name, arguments = self.expression().parts
            decorators[str(name)] = arguments[0] if arguments else None
            self.skip_lines()
        kind = self.take("targetScope", "extension", "using", "param", "var", "resource", "module", "output")
        if kind in {"targetScope", "using"}:
            if kind == "targetScope":
                self.take("=")
            return Declaration(kind, kind, value=self.expression())
        result = Declaration(kind, self.take("NAME"), decorators=decorators)
        if kind in {"resource", "module"}:
            result.type = self.take("TEXT").strip("'")
            result.existing = self.see("existing") and bool(self.take())
        elif kind in {"param", "output"}:
            while not self.see("=", "NEWLINE", "END"):
                result.type += self.take()
        if self.see("="):
            self.take()
            result.value = self.expression()
        return result

    # ---- expressions

    def expression(self, strength: int = 0) -> Node:
        left = self.operand()
        while (power := STRENGTH.get(self.next_mark, 0)) > strength:
            operator = self.take()
            left = Node("binary", (operator, left, self.expression(power)))
        if strength == 0 and self.see("?"):
            self.take()
            self.skip_lines()
            yes = self.expression()
            self.skip_lines()
            self.take(":")
            left = Node("ternary", (left, yes, self.expression()))
        return left

    def operand(self) -> Node:
        if self.see("!", "-"):
            return Node("unary", (self.take(), self.operand()))
        return self.tail(self.head())

    def head(self) -> Node:
        if self.see("TEXT"):
            return self.text(self.take()[1:-1])
        if self.see("NUMBER"):
            return Node("value", (int(self.take()),))
        if self.see("{", "[", "("):
            return self.bracketed()
        name = self.take("NAME")
        return Node("value", (LITERALS[name],)) if name in LITERALS else self.named(name)

    def bracketed(self) -> Node:
        if self.see("{"):
            return self.object()
        if self.see("["):
            return self.array()
        self.take("(")
        inner = self.expression()
        self.take(")")
        return inner

    def named(self, name: str) -> Node:
        if name == "if":
            return self.conditional()
        if self.see("=>"):
            self.take()
            return Node("lambda", (name, self.expression()))
        return Node("call", (name, self.arguments())) if self.see("(") else Node("name", (name,))

    def tail(self, left: Node) -> Node:
        while self.see(".", ".?", "::", "[", "!"):
            mark = self.take()
            if mark == "!":  # The author asserts that the value is not null.
                continue
            if mark == "[":
                left = Node("index", (left, self.expression()))
                self.take("]")
            else:
                kind = {"::": "child", ".?": "optional"}.get(mark, "member")
                left = Node(kind, (left, self.take("NAME")))
                if self.see("("):
                    self.fail("namespaces are not known")
        return left

    def conditional(self) -> Node:
        self.take("(")
        condition = self.expression()
        self.take(")")
        return Node("if", (condition, self.object()))

    def arguments(self) -> tuple[Node, ...]:
        self.take("(")
        found = []
        self.skip_lines()
        while not self.see(")"):
            found.append(self.expression())
            if self.see(","):
                self.take()
            self.skip_lines()
        self.take(")")
        return tuple(found)

    def object(self) -> Node:
        self.take("{")
        entries: list[Any] = []
        while not self.see("}"):
            if self.see("NEWLINE", ","):
                self.take()
            elif self.see("..."):
                self.take()
                entries.append(("...", self.expression()))
            elif self.see("resource"):
                entries.append(self.declaration())
            else:
                key = self.text(self.take()[1:-1]) if self.see("TEXT") else Node("value", (self.take("NAME"),))
                self.take(":")
                entries.append((key, self.expression()))
        self.take("}")
        return Node("object", tuple(entries))

    def array(self) -> Node:
        self.take("[")
        if self.see("for"):
            return self.loop()
        items = []
        while not self.see("]"):
            if self.see("NEWLINE", ","):
                self.take()
            else:
                items.append(self.expression())
        self.take("]")
        return Node("array", tuple(items))

    def loop(self) -> Node:
        self.take("for")
        if self.see("("):
            self.take()
            names = [self.take("NAME"), self.take(",") and self.take("NAME")]
            self.take(")")
        else:
            names = [self.take("NAME"), ""]
        self.take("in")
        items = self.expression()
        self.take(":")
        body = self.expression()
        self.take("]")
        return Node("loop", (*names, items, body))

    def text(self, raw: str) -> Node:
        parts: list[str | Node] = []
        for piece in re.split(r"(?<!\\)(\$\{(?:[^{}']|'[^']*'|\{[^{}]*\})*\})", raw):
            if piece.startswith("${"):
                inner = _Parser(piece[2:-1])
                parts.append(inner.expression())
                inner.take("END")
            elif piece:
                parts.append(re.sub(r"\\.", lambda match: ESCAPES[match.group()], piece))
        return Node("text", tuple(parts))
