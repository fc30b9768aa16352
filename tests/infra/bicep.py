"""Reads the part of Bicep that infra/ is written in, into a tree.

It is no compiler: it knows neither resource types nor Azure. What it does not know it refuses with `UnreadableError`,
so that nothing is passed over in silence.
"""

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

TOKEN = re.compile(
    r"""(?P<SPACE>[ \t\r]+|//[^\n]*|/\*.*?\*/)
      | (?P<NEWLINE>\n)
      | (?P<TEXT>'(?:[^'\\\n$]|\\.|\$(?!\{)|\$\{(?:[^{}']|'[^']*'|\{[^{}]*\})*\})*')
      | (?P<NUMBER>\d+)
      | (?P<NAME>[A-Za-z_]\w*)
      | (?P<MARK>=>|\.\.\.|\.\?|::|==|!=|<=|>=|&&|\|\||\?\?|[-+*/%!<>=(){}\[\],.:?@])""",
    re.VERBOSE | re.DOTALL,
)
STRENGTH = {"??": 1, "||": 2, "&&": 3, "==": 4, "!=": 4, "<": 5, ">": 5, "<=": 5, ">=": 5, "+": 6, "-": 6, "*": 7}
LITERALS = {"true": True, "false": False, "null": None}
ESCAPES = {"\\'": "'", "\\\\": "\\", "\\n": "\n", "\\$": "$"}


class UnreadableError(ValueError):
    """The text is not Bicep, or is Bicep that this reader does not know."""


@dataclass(frozen=True)
class Node:
    """A part of an expression: what it is, and its parts."""

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
    notes: dict[str, Node | None] = field(default_factory=dict)


def declarations(text: str) -> list[Declaration]:
    """Read a whole file, in its order."""
    return _Reader(text).file()


class _Reader:
    """A recursive descent over the tokens."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text):
            match = TOKEN.match(text, at)
            if match is None:
                raise UnreadableError(f"cannot read: {text[at : at + 40]!r}")
            at = match.end()
            if match.lastgroup != "SPACE":
                self.tokens.append((str(match.lastgroup), match.group()))
        self.tokens.append(("END", ""))
        self.at = 0

    # ---- tokens

    def see(self, *wanted: str) -> bool:
        """Whether the next token is of a kind (in capitals), or is a word or mark, that is wanted."""
        kind, text = self.tokens[self.at]
        return kind in wanted or (kind != "TEXT" and text in wanted)

    def take(self, *wanted: str) -> str:
        if wanted and not self.see(*wanted):
            self.fail(f"expected {' or '.join(wanted)}")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def lines(self) -> None:
        while self.see("NEWLINE"):
            self.take()

    def fail(self, why: str) -> NoReturn:
        near = " ".join(text for _, text in self.tokens[max(0, self.at - 3) : self.at + 4])
        raise UnreadableError(f"{why} near: {near!r}")

    # ---- declarations

    def file(self) -> list[Declaration]:
        found = []
        self.lines()
        while not self.see("END"):
            found.append(self.declaration())
            self.lines()
        return found

    def declaration(self) -> Declaration:
        notes: dict[str, Node | None] = {}
        while self.see("@"):
            self.take()
            note = self.expression()
            name, arguments = note.parts
            notes[str(name)] = arguments[0] if arguments else None
            self.lines()
        kind = self.take("targetScope", "extension", "using", "param", "var", "resource", "module", "output")
        if kind in {"targetScope", "using"}:
            if kind == "targetScope":
                self.take("=")
            return Declaration(kind, kind, value=self.expression())
        result = Declaration(kind, self.take("NAME"), notes=notes)
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
        while (power := STRENGTH.get(self.tokens[self.at][1], 0)) > strength and self.tokens[self.at][0] == "MARK":
            operator = self.take()
            left = Node("binary", (operator, left, self.expression(power)))
        if strength == 0 and self.see("?"):
            self.take()
            self.lines()
            yes = self.expression()
            self.lines()
            self.take(":")
            left = Node("choice", (left, yes, self.expression()))
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
        while self.see(".", "::", "[", "!"):
            mark = self.take()
            if mark == "!":  # "not null", says the author: nothing to do here
                continue
            if mark == "[":
                left = Node("index", (left, self.expression()))
                self.take("]")
            else:
                left = Node("child" if mark == "::" else "member", (left, self.take("NAME")))
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
        self.lines()
        while not self.see(")"):
            found.append(self.expression())
            if self.see(","):
                self.take()
            self.lines()
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
        names = []
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
                inner = _Reader(piece[2:-1])
                parts.append(inner.expression())
                inner.take("END")
            elif piece:
                parts.append(re.sub(r"\\.", lambda match: ESCAPES[match.group()], piece))
        return Node("text", tuple(parts))
