"""What a package says of itself: its version, its build, and the functions that the host has to find in it."""

import ast
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tools.operate.troubles import WrongUsage

_APP, _PRODUCT = "function_app.py", "activities/__init__.py"


@dataclass(frozen=True, slots=True)
class Package:
    """A zip file that `make package` has made.

    Attributes:
        functions: the names of those that the app always has.
        optional: the names of those that it has with some settings only.
    """

    path: Path
    version: str
    build: str
    functions: frozenset[str]
    optional: frozenset[str]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a package.

        Raises:
            WrongUsage: the file is not there, or is no package of this app.
        """
        try:
            with zipfile.ZipFile(path) as file:
                app, product = (file.read(name).decode() for name in (_APP, _PRODUCT))
            tree = ast.parse(app)
            # No `if` stands around those that are declared whatever the settings are.
            always, everything = _functions(tree.body), _functions(ast.walk(tree))
            said = _constants(product)
            return cls(path, said["__version__"], said["BUILD"], always, everything - always)
        except (OSError, zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
            raise WrongUsage(f"{path} is no package of this app: make one with `make package`") from error

    def __str__(self) -> str:
        return f"version {self.version}, build {self.build}"


def _constants(code: str) -> dict[str, str]:
    found = {}
    for node in ast.parse(code).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(value))):
                found[name] = value
    return found


def _functions(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Read the names in the decorators `@app.function_name("...")`."""
    found: set[str] = set()
    for node in nodes:
        for decorator in getattr(node, "decorator_list", ()):
            match decorator:
                case ast.Call(func=ast.Attribute(attr="function_name"), args=[ast.Constant(value=str(name))]):
                    found.add(name)
    return frozenset(found)
