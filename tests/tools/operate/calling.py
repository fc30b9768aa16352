"""Calls the command line inside the test process."""

import asyncio

from tools.operate.cli import main


async def call(*arguments: str) -> int:
    """Run `lms-sync` with these arguments, and return its exit code."""

    def ended() -> int:
        try:
            main(arguments)
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return await asyncio.to_thread(ended)
