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

from activities.webhooks.senders import SETTING
from tools.operate import screen
from tools.operate.webhook.sending import Answer, Sending

# While it runs, `make start` keeps its address, the senders that it knows and their secrets in this file.
LOCAL_WEBHOOKS = Path(".local/webhooks.json")
_URL = "url"


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
    key = None if options.private_key is None else options.private_key.read_text("utf-8")
    sending, refused = Sending(url, settings, key, options.kid), 0
    for file in options.files:
        answer = await sending.send(options.sender, file.read_bytes())
        _show(file, answer, as_json=options.json)
        refused += not answer.taken
    return int(refused > 0)


def _show(file: Path, answer: Answer, *, as_json: bool) -> None:
    if as_json:
        screen.line(screen.as_json({"file": str(file), "status": answer.status, "answer": answer.text}))
        return
    screen.line(f"{answer.status}  {file}  {answer.text}", style="green" if answer.taken else "red")


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
