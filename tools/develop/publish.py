"""Put an event on the inbound queue of the stack that `make start` runs: `python -m tools.develop.publish FILE`."""

import argparse
import asyncio
import base64
import json
import sys

from azure.storage.queue.aio import QueueClient

from tools.develop.stack import NAMES
from tools.operate.account import LOCAL_STACK


def in_ascii(text: str) -> str:
    """Return an event as text that every queue message can hold, with the same meaning and the same properties.

    In JSON, only texts have characters other than ASCII, and there each can be escaped. What has control characters is
    no JSON, and is sent as base64.
    """
    if any(character < " " and character not in "\t\n\r" for character in text):
        return base64.b64encode(text.encode()).decode()
    return "".join(character if character.isascii() else json.dumps(character)[1:-1] for character in text)


async def publish(connection_string: str, text: str) -> None:
    """Send one message."""
    queue = NAMES["LMS_EVENTS_QUEUE"]
    async with QueueClient.from_connection_string(connection_string, queue) as client:
        await client.send_message(in_ascii(text), time_to_live=-1)


def main() -> int:
    """Send the content of a file or of standard input."""
    parser = argparse.ArgumentParser(prog="python -m tools.develop.publish", description=__doc__)
    parser.add_argument(
        "file",
        nargs="?",
        type=argparse.FileType(encoding="utf-8"),
        default=sys.stdin,
        help="file with one event (default: standard input)",
    )
    options = parser.parse_args()
    if not LOCAL_STACK.is_file():
        print("The local stack is not running: start it with `make start`.", file=sys.stderr)
        return 1
    asyncio.run(publish(LOCAL_STACK.read_text(encoding="utf-8"), options.file.read()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
