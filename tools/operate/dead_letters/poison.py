"""Raw poison: messages that the host gave up on and the app couldn't collect. Storage keeps them for seven days."""

from collections.abc import AsyncIterator

from azure.storage.queue.aio import QueueClient

from tools.operate import screen
from tools.operate.account import Account
from tools.operate.each import each
from tools.operate.files import private
from tools.operate.queues.raw import HIDDEN_SECONDS, PAGE, RawMessage, RawQueue
from tools.operate.troubles import Exit, Trouble

_SUFFIX = "-poison"


async def listed(account: Account, *, as_json: bool) -> None:
    """List the first messages on each poison queue, without receiving any, and say how many there are."""
    for raw in _raw_queues(account):
        for message in await raw.look():
            if as_json:
                screen.line(screen.as_json(_facts(raw, message)))
            else:
                cannot = "" if message.readable else "  can't be read"
                screen.line(f"{message.id}  sent {_when(message)}{cannot}")
        if not as_json:
            screen.line(f"{await raw.count():6}  on {raw.name}", style="bold")


async def show(account: Account, beginning: str, *, personal: bool, as_json: bool) -> None:
    """Show the message whose id begins with this, and its text only if asked. Nothing is received.

    Raises:
        Trouble: none of the messages that can be looked at has such an id, or several have.
    """
    found = [one async for one in _first(account) if one[1].id.startswith(beginning)]
    if len(found) != 1:
        raise Trouble(
            f"{len(found)} messages begin with {beginning}: give more of the id"
            if found
            else f"no message {beginning} among the first {PAGE} visible ones on each poison queue; `export` writes all"
        )
    [(raw, message)] = found
    shown = _facts(raw, message) | ({"original": message.text} if personal else {})
    if as_json:
        screen.line(screen.as_json(shown))
        return
    for name, value in _facts(raw, message).items():
        screen.line(f"{name:<14}{value}")
    if personal:
        screen.line()
        for line in message.text.split("\n"):
            screen.line(line)
    else:
        screen.note("The original message is shown with --show-personal-data.")


async def export(account: Account, file: str) -> int:
    """Write all visible messages with their texts to a file, one JSON object per line, and return the exit code.

    They're received, because storage lets you look only at the first ones, and put back at once. If this is
    interrupted, they become visible again by themselves.
    """
    written, hidden = 0, 0
    with private(file) as out:
        for raw in _raw_queues(account):
            async for page in raw.each_once():
                for message in page:
                    out.write(screen.as_json(_facts(raw, message) | {"original": message.text}) + "\n")
                hidden += sum(error is not None for _, error in await each(page, raw.put_back))
                written += len(page)
    screen.note(f"exported: {written}; their dequeue counts have gone up by one")
    if hidden:
        screen.error(
            f"{hidden:6}  of them couldn't be put back; they become visible again within {HIDDEN_SECONDS} seconds"
        )
    return Exit.FINDINGS if hidden else Exit.GOOD


async def _first(account: Account) -> AsyncIterator[tuple[RawQueue, RawMessage]]:
    for raw in _raw_queues(account):
        for message in await raw.look():
            yield raw, message


def _facts(raw: RawQueue, message: RawMessage) -> dict[str, object]:
    """Return what's known about a message, without its text."""
    return {
        "id": message.id,
        "queue": raw.name,
        "reason": "host_poison",
        "firstSeen": _when(message),
        "dequeueCount": message.dequeue_count,
        "readable": message.readable,
    }


def _when(message: RawMessage) -> str | None:
    return message.inserted.isoformat() if message.inserted else None


async def put_back(account: Account, *, as_json: bool) -> None:
    """Put the messages on the poison queues back on the queues that they came from.

    A crash may leave a message on both queues. It's then handled twice, which changes nothing.
    """
    for source, target in _queues(account):
        done = 0
        with screen.progress() as progress:
            task = progress.add_task("redriven", total=await RawQueue(source).count())
            async for message in source.receive_messages(messages_per_page=PAGE, visibility_timeout=HIDDEN_SECONDS):
                await target.send_message(message.content, time_to_live=-1)
                await source.delete_message(message)
                progress.advance(task)
                done += 1
        _sum_up("redriven", done, source, as_json=as_json)


async def delete(account: Account, *, as_json: bool) -> None:
    """Delete the messages on the poison queues, including those that nobody can read."""
    for source, _ in _queues(account):
        raw, done = RawQueue(source), 0
        with screen.progress() as progress:
            task = progress.add_task("purged", total=await raw.count())
            while page := await raw.receive(PAGE):
                for message in page:
                    await raw.delete(message)
                    progress.advance(task)
                done += len(page)
        _sum_up("purged", done, source, as_json=as_json)


def _raw_queues(account: Account) -> list[RawQueue]:
    return [RawQueue(source) for source, _ in _queues(account)]


def _queues(account: Account) -> list[tuple[QueueClient, QueueClient]]:
    """Return each poison queue with the queue that its messages came from."""
    return [(account.queue(f"{queue.queue_name}{_SUFFIX}"), queue) for queue in (account.events, account.retries)]


def _sum_up(verb: str, done: int, queue: QueueClient, *, as_json: bool) -> None:
    if as_json:
        screen.line(screen.as_json({"queue": queue.queue_name, verb: done}))
    else:
        screen.line(f"{done:6}  {verb} from {queue.queue_name}", style="bold")
