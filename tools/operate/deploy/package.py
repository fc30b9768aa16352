"""What a package says about itself: its version, its build, and the functions that the host must find in it."""

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
    """A zip file made by `make package`.

    Attributes:
        functions: the names of the functions that the app always has.
        optional: the names of those that it has only with certain settings.
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
            WrongUsage: the file doesn't exist, or isn't a package of this app.
        """
        try:
            with zipfile.ZipFile(path) as file:
                app, product = (file.read(name).decode() for name in (_APP, _PRODUCT))
            tree = ast.parse(app)
            # Functions that don't depend on settings are declared outside any `if`.
            always, everything = _functions(tree.body), _functions(ast.walk(tree))
            said = _constants(product)
            return cls(path, said["__version__"], said["BUILD"], always, everything - always)
        except (OSError, zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
            raise WrongUsage(f"{path} isn't a package of this app: make one with `make package`") from error

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
