"""Operators' command for webhooks: `python -m tools.operate.webhook send --sender NAME [--url URL] FILE...`.

It signs each file and sends it as the LMS would, so that you see what the LMS would get back. The configuration is that
in the environment variable `WEBHOOKS`, the secret that in `WEBHOOK_SECRET_<NAME>`; without them, those of the local
stack that `make start` runs.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp

from activities.webhooks.schemes import Jwt, Scheme
from activities.webhooks.senders import SETTING, entries_of, scheme_of, secret_names
from activities.webhooks.statements import XAPI
from tools.operate import screen
from tools.operate.webhook.signing import Proof, signed

# While it runs, `make start` keeps its address, the senders that it knows and their secrets in this file.
LOCAL_WEBHOOKS = Path(".local/webhooks.json")
_URL = "url"
_SECONDS = 30
_OK = range(200, 300)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.operate.webhook", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    text = "sign files and send them as the LMS would"
    send = commands.add_parser("send", help=text, description=text)
    send.add_argument("files", nargs="+", type=Path, metavar="FILE", help="what to send, each in a request")
    send.add_argument("--sender", required=True, metavar="NAME", help="the sender in WEBHOOKS")
    send.add_argument("--url", help="https://<app>.azurewebsites.net (default: the local stack)")
    send.add_argument("--private-key", type=Path, metavar="FILE", help="for the scheme jwt: the key to sign with, PEM")
    send.add_argument("--kid", default="", help="for the scheme jwt: the name of that key")
    send.add_argument("--json", action="store_true", help="print a JSON object on each line")
    return parser


def _settings() -> Mapping[str, str]:
    """The environment, or what the local stack is set to."""
    if SETTING not in os.environ and LOCAL_WEBHOOKS.is_file():
        return {str(name): str(value) for name, value in json.loads(LOCAL_WEBHOOKS.read_text("utf-8")).items()}
    return os.environ


async def _send(options: argparse.Namespace) -> int:
    """Send all files. 0: each was taken."""
    settings = _settings()
    url = options.url or settings.get(_URL)
    if not url:
        raise ValueError("where to? give --url, or run `make start` in another terminal")
    scheme = _scheme(options.sender, settings)
    proof = _proof(options, scheme, settings)
    end = "/statements" if scheme.format == XAPI else ""
    address = f"{url.rstrip('/')}/api/webhooks/{options.sender}{end}"
    refused = 0
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS)) as session:
        for file in options.files:
            headers, body = signed(scheme, proof, file.read_bytes())
            sent = {"Content-Type": "application/json", **headers}
            async with session.post(address, data=body, headers=sent, allow_redirects=False) as response:
                _show(file, response.status, await response.text(), as_json=options.json)
                refused += response.status not in _OK
    return int(refused > 0)


def _scheme(sender: str, settings: Mapping[str, str]) -> Scheme:
    entries = entries_of(settings.get(SETTING))
    if sender not in entries:
        known = ", ".join(sorted(entries)) or "nobody"
        raise ValueError(f"{SETTING} names no sender {sender}, but {known}")
    return scheme_of(sender, entries[sender])


def _proof(options: argparse.Namespace, scheme: Scheme, settings: Mapping[str, str]) -> Proof:
    if isinstance(scheme, Jwt):
        if options.private_key is None:
            raise ValueError("this sender signs tokens: give --private-key and --kid")
        return Proof(private_key=options.private_key.read_text("utf-8"), key_id=options.kid)
    name = secret_names(options.sender)[0]
    if name not in settings:
        raise ValueError(f"set the environment variable {name} to the sender's secret")
    return Proof(settings[name])


def _show(file: Path, status: int, text: str, *, as_json: bool) -> None:
    if as_json:
        screen.line(screen.as_json({"file": str(file), "status": status, "answer": text}))
        return
    screen.line(f"{status}  {file}  {text}", style="green" if status in _OK else "red")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. 0: all was taken; 1: something was refused, or nothing answers; 2: wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        return asyncio.run(_send(options))
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        screen.error(str(error) or "nothing answered in time")
        return 1
    except ValueError as error:
        screen.error(str(error))
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
