"""Write a package's bill of materials: what's in the zip file, with versions and licences (CycloneDX, JSON).

    python -m tools.develop.sbom dist/app.zip dist/sbom.cdx.json

It's read from the package itself, not from a list of what should be in it. It identifies the package by its hash.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tools.develop.package import PACKAGES, ROOT


def write(package: Path, target: Path) -> None:
    """Write the bill of materials of a package.

    Raises:
        subprocess.CalledProcessError: it can't be made, or doesn't match its schema.
    """
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(package) as file:
            file.extractall(folder, [name for name in file.namelist() if ".dist-info/" in name])
        _read(Path(folder) / PACKAGES, target)
    bill = json.loads(target.read_text(encoding="utf-8"))
    content = hashlib.sha256(package.read_bytes()).hexdigest()
    bill["metadata"]["component"]["hashes"] = [{"alg": "SHA-256", "content": content}]
    target.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")


def _read(packages: Path, target: Path) -> None:
    """Describe the distributions in a folder, as if Python had no others (-S)."""
    command = [
        sys.executable,
        "-m",
        "cyclonedx_py",
        "environment",
        "-S",
        "--output-reproducible",
        "--output-format=JSON",
    ]
    command += ["--mc-type=application", f"--pyproject={ROOT / 'pyproject.toml'}", f"--output-file={target}"]
    environment = os.environ | {"PYTHONPATH": str(packages)}
    subprocess.run([*command, sys.executable], check=True, env=environment)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("package", type=Path, help="the zip file")
    parser.add_argument("target", type=Path, help="where to write the bill of materials")
    options = parser.parse_args()
    write(options.package, options.target)


if __name__ == "__main__":
    main()
