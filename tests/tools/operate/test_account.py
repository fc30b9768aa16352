"""An operator who is not signed in is told so."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("command", ["tools.operate.deadletters", "tools.operate.people"])
def test_who_is_not_signed_in_is_told_so(command: str) -> None:
    """Without a sign-in a command ends at once, with one line that says what to do."""
    # Only this way of signing in, which finds nothing: the test reaches for nobody's Azure CLI and for no network.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    environment["AZURE_TOKEN_CREDENTIALS"] = "EnvironmentCredential"
    refused = subprocess.run(
        [sys.executable, "-m", command, "list", "--account", "nosuchaccount"],
        env=environment,
        text=True,
        capture_output=True,
        check=False,
        timeout=20,
    )
    assert (refused.returncode, refused.stdout) == (1, "")
    (line,) = [line for line in refused.stderr.splitlines() if "hidden from" not in line]
    assert "try `az login`" in line
