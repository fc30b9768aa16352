"""The smallest server that accepts a request and puts it on a queue. The webhook door is compared with it.

It takes the connection string as an argument, prints its port, and ends when standard input closes.
"""

import asyncio
import os
import sys

from aiohttp import web
from azure.storage.queue.aio import QueueClient


async def main() -> None:
    """Serve until standard input closes."""
    text, name = sys.argv[1], os.environ["LMS_EVENTS_QUEUE"]
    async with QueueClient.from_connection_string(text, name) as queue:

        async def receive(request: web.Request) -> web.Response:
            await queue.send_message((await request.read()).decode(), time_to_live=-1)
            return web.json_response({})

        app = web.Application()
        app.router.add_post("/{name}", receive)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
