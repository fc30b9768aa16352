"""Raw poison: messages that the host gave up on and the app could not collect. Storage keeps them for seven days."""

from azure.storage.queue.aio import QueueClient

from tools.operate import screen
from tools.operate.account import Account
from tools.operate.queues.raw import HIDDEN_SECONDS, PAGE, RawQueue

_SUFFIX = "-poison"


async def show(account: Account, *, as_json: bool) -> None:
    """List the first messages of each poison queue, without receiving any, and say how many there are."""
    for queue, _ in _queues(account):
        raw = RawQueue(queue)
        for message in await raw.look():
            facts = {
                "id": message.id,
                "queue": raw.name,
                "reason": "host_poison",
                "firstSeen": message.inserted.isoformat() if message.inserted else None,
                "readable": message.readable,
            }
            if as_json:
                screen.line(screen.as_json(facts))
            else:
                screen.line(f"{message.id}  sent {facts['firstSeen']}{'' if message.readable else '  cannot be read'}")
        if not as_json:
            screen.line(f"{await raw.count():6}  on {raw.name}", style="bold")


async def put_back(account: Account, *, as_json: bool) -> None:
    """Put the messages of the poison queues back on the queues that they come from.

    A crash leaves a message on both queues. It is then handled twice, which changes nothing.
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
    """Delete the messages of the poison queues, also those that nobody can read."""
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


def _queues(account: Account) -> list[tuple[QueueClient, QueueClient]]:
    """Each poison queue, and the queue that its messages come from."""
    return [(account.queue(f"{queue.queue_name}{_SUFFIX}"), queue) for queue in (account.events, account.retries)]


def _sum_up(verb: str, done: int, queue: QueueClient, *, as_json: bool) -> None:
    if as_json:
        screen.line(screen.as_json({"queue": queue.queue_name, verb: done}))
    else:
        screen.line(f"{done:6}  {verb} from {queue.queue_name}", style="bold")
