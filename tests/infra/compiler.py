"""Microsoft's own Bicep compiler. It's started once and then queried: a response takes a fraction of a second.

Without a compiler, these tests are skipped, except in CI.
"""

import atexit
import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

# Where `az bicep install` puts the compiler that `az bicep` runs.
OF_AZ = Path.home() / ".azure/bin/bicep"
COMPILER = shutil.which("bicep") or (str(OF_AZ) if OF_AZ.exists() else None)
# What main.bicepparam reads from the environment without a default.
ENVIRONMENT = {"AZURE_ENV_NAME": "dev", "LEARNING_PROVIDER_ID": "provider", "ALERT_EMAIL": "team@example.org"}
SERVE = ("bicep", "jsonrpc", "--stdio")
ZERO = "00000000-0000-4000-8000-000000000000"
# .NET would spend a third of the time on optimizing what it runs, which doesn't pay off within a minute.
QUICK = {"DOTNET_TieredPGO": "0", "DOTNET_gcConcurrent": "0"}
WHERE = {"tenantId": ZERO, "subscriptionId": ZERO, "resourceGroup": "rg", "location": "westeurope"}

needs_compiler = pytest.mark.skipif(
    COMPILER is None and "CI" not in os.environ, reason="no Bicep compiler: neither on the PATH nor of `az bicep`"
)


class RefusedError(Exception):
    """The compiler found an error in the files."""


class Compiler:
    """A running compiler, queried by JSON-RPC over its standard input and output."""

    def __init__(self) -> None:
        if COMPILER is None:
            pytest.fail("CI needs the Bicep compiler: on the PATH, or by `az bicep install`")
        self._process = subprocess.Popen(
            [COMPILER, *SERVE[1:]],
            env={**os.environ, **QUICK, **ENVIRONMENT},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def template(self, path: Path) -> tuple[dict[str, Any], list[str]]:
        """Compile a file, as `bicep build` does.

        Returns:
            The ARM template, and everything that `bicep build` and `bicep lint` would say.
        """
        answer = self._ask("bicep/compile", path=str(path))
        said = [f"{Path(one['source']).name}: {one['code']}: {one['message']}" for one in answer["diagnostics"]]
        if not answer["success"]:
            raise RefusedError("\n".join(said))
        return json.loads(answer["contents"]), said

    def said_of_parameters(self, path: Path) -> list[str]:
        """Return what `bicep build-params` would say about a parameter file."""
        answer = self._ask("bicep/compileParams", path=str(path), parameterOverrides={})
        return [f"{one['code']}: {one['message']}" for one in answer["diagnostics"]]

    def snapshot(self, path: Path) -> dict[str, Any]:
        """Evaluate what a parameter file would deploy, as `bicep snapshot` does.

        What only Azure knows, such as a principal's id, stays an expression in brackets.
        """
        try:
            answer = self._ask("bicep/getSnapshot", path=str(path), metadata={**WHERE, "deploymentName": "main"})
        except RefusedError as refused:
            raise RefusedError("\n".join(self.said_of_parameters(path))) from refused
        snapshot: dict[str, Any] = json.loads(answer["snapshot"])
        return snapshot

    def _ask(self, method: str, **params: object) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()
        length = 0
        while header := self._process.stdout.readline().strip():
            if header.lower().startswith(b"content-length:"):
                length = int(header.partition(b":")[2])
        if not length:
            raise RefusedError(f"the compiler ended: it needs the command `{' '.join(SERVE)}`")
        answer = json.loads(self._process.stdout.read(length))
        if "error" in answer:
            raise RefusedError(f"{method} {params['path']}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def close(self) -> None:
        """End the compiler."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()


@cache
def compiler() -> Compiler:
    """Start this process's compiler when it's first needed. It ends with the process."""
    started = Compiler()
    atexit.register(started.close)
    return started
