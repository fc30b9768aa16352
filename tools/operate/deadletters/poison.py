"""Messages that the app could not collect from the host's poison queues, where storage keeps them for seven days."""

from tools.operate.account import Account

SUFFIX = "-poison"
_HIDDEN_SECONDS = 60


def origin(queue: str) -> str:
    """Return the queue from which the host moved the messages of a poison queue."""
    return queue.removesuffix(SUFFIX)


async def count(account: Account, queue: str) -> int:
    """Return about how many messages a poison queue has."""
    return (await account.queue(queue).get_queue_properties()).approximate_message_count or 0


async def put_back(account: Account, queue: str) -> int:
    """Put the messages of a poison queue back on the queue that they come from, and return how many there were.

    A crash leaves a message on both queues. It is then handled twice, which changes nothing.
    """
    source, target = account.queue(queue), account.queue(origin(queue))
    done = 0
    async for message in source.receive_messages(messages_per_page=32, visibility_timeout=_HIDDEN_SECONDS):
        await target.send_message(message.content, time_to_live=-1)
        await source.delete_message(message)
        done += 1
    return done
