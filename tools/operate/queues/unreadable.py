"""Finds messages that aren't well-formed XML, so that nobody can receive them, and removes them."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from azure.core.exceptions import AzureError

from tools.operate import screen
from tools.operate.each import each
from tools.operate.queues.raw import HIDDEN_SECONDS, RawMessage, RawQueue
from tools.operate.troubles import trouble_of


@dataclass(slots=True)
class Removal:
    """What a removal did.

    Attributes:
        removed: each message that was removed, and the file it was saved to.
        left: each message that couldn't be removed, and the reason.
        others: how many readable messages were received, to be put back.
        hidden: how many of these couldn't be put back. They're visible again a little later.
    """

    removed: list[tuple[RawMessage, Path]] = field(default_factory=list)
    left: list[tuple[RawMessage, str]] = field(default_factory=list)
    others: int = 0
    hidden: int = 0


async def look(queue: RawQueue, *, as_json: bool) -> None:
    """Show which of the first visible messages nobody can read."""
    looked_at = await queue.look()
    found = [message for message in looked_at if not message.readable]
    for message in found:
        _show(message, as_json=as_json)
    if not as_json:
        about = await queue.count()
        screen.line(f"{len(found):6}  of the first {len(looked_at)} visible messages can't be read")
        screen.line(f"{about:6}  messages are on {queue.name}, hidden ones included")


async def remove(queue: RawQueue, folder: Path) -> Removal:
    """Receive every visible message once. Save and delete the ones that nobody can read, and put back the others.

    Raises:
        OSError: a file can't be written. Its message is still on the queue.
    """
    removal = Removal()
    async for page in queue.each_once():
        # Readable messages go back first, because the app can't see them meanwhile.
        returned = await each([message for message in page if message.readable], queue.put_back)
        removal.others += len(returned)
        removal.hidden += sum(error is not None for _, error in returned)
        for message in page:
            if not message.readable:
                await _remove(queue, message, folder, removal)
    return removal


async def _remove(queue: RawQueue, message: RawMessage, folder: Path, removal: Removal) -> None:
    file = _save(message, queue.name, folder)
    try:
        await queue.delete(message)
    except AzureError as error:
        removal.left.append((message, str(trouble_of(error))))
    else:
        removal.removed.append((message, file))


def _save(message: RawMessage, queue: str, folder: Path) -> Path:
    """Write the bytes of a message to a file that only its owner may read, and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{queue}-{message.id}.xml"
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as written:  # noqa: PTH123  with a mode
        written.write(message.xml)
        written.flush()
        os.fsync(written.fileno())
    return file


def show_removal(removal: Removal, queue: RawQueue, *, as_json: bool) -> None:
    """Show what a removal did."""
    for message, file in removal.removed:
        _show(message, as_json=as_json, file=file)
    for message, why in removal.left:
        screen.error(f"{message.id}: still on the queue: {why}")
    if as_json:
        return
    screen.line(f"{len(removal.removed):6}  removed from {queue.name}, {len(removal.left)} failed", style="bold")
    screen.note(
        f"{removal.others:6}  others were received and put back, so their dequeue counts went up by one", indent=8
    )
    if removal.hidden:
        screen.note(f"{removal.hidden:6}  of them stay hidden for up to {HIDDEN_SECONDS} seconds")


def _show(message: RawMessage, *, as_json: bool, file: Path | None = None) -> None:
    """Show a message without its text."""
    facts = {
        "id": message.id,
        "insertedAt": message.inserted.isoformat() if message.inserted else None,
        "dequeueCount": message.dequeue_count,
        "size": len(message.xml),
        "removed": file is not None,
        "file": str(file) if file else None,
    }
    if as_json:
        screen.line(screen.as_json(facts))
        return
    at = f"{message.inserted:%Y-%m-%d %H:%M:%S} UTC" if message.inserted else "unknown"
    saved = f"  saved in {file}" if file else ""
    facts_of_it = f"sent {at}  received {message.dequeue_count} times  {len(message.xml)} bytes"
    screen.folded(f"{message.id}  {facts_of_it}{saved}", indent=2)
