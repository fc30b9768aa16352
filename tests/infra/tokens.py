"""Splits Bicep into tokens."""

import re
from typing import NoReturn

TOKEN = re.compile(
    r"""(?P<SPACE>[ \t\r]+|//[^\n]*|/\*.*?\*/)
      | (?P<NEWLINE>\n)
      | (?P<TEXT>'(?:[^'\\\n$]|\\.|\$(?!\{)|\$\{(?:[^{}']|'[^']*'|\{[^{}]*\})*\})*')
      | (?P<NUMBER>\d+)
      | (?P<NAME>[A-Za-z_]\w*)
      | (?P<MARK>=>|\.\.\.|\.\?|::|==|!=|<=|>=|&&|\|\||\?\?|[-+*/%!<>=(){}\[\],.:?@])""",
    re.VERBOSE | re.DOTALL,
)


class UnreadableError(ValueError):
    """The text is not Bicep, or uses a part of Bicep that these tests do not know."""


class Tokens:
    """The tokens of a text, taken one after the other."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text):
            match = TOKEN.match(text, at)
            if match is None:
                raise UnreadableError(f"cannot read: {text[at : at + 40]!r}")
            at = match.end()
            if match.lastgroup != "SPACE":
                self._tokens.append((str(match.lastgroup), match.group()))
        self._tokens.append(("END", ""))
        self._at = 0

    @property
    def next_mark(self) -> str:
        """The next token if it is a mark, else an empty text."""
        kind, text = self._tokens[self._at]
        return text if kind == "MARK" else ""

    def see(self, *expected: str) -> bool:
        """Whether the next token is of one of these kinds (in capitals), or is one of these words or marks."""
        kind, text = self._tokens[self._at]
        return kind in expected or (kind != "TEXT" and text in expected)

    def take(self, *expected: str) -> str:
        """Take the next token; if `expected` is given, it must be one of those."""
        if expected and not self.see(*expected):
            self.fail(f"expected {' or '.join(expected)}")
        self._at += 1
        return self._tokens[self._at - 1][1]

    def skip_lines(self) -> None:
        """Skip line breaks."""
        while self.see("NEWLINE"):
            self.take()

    def fail(self, problem: str) -> NoReturn:
        """Raise an error that quotes the tokens around the next one."""
        near = " ".join(text for _, text in self._tokens[max(0, self._at - 3) : self._at + 4])
        raise UnreadableError(f"{problem} near: {near!r}")
