"""A real browser without a window: opens a page at a given width, and evaluates expressions in it."""

import asyncio
import itertools
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.tools.develop.eventually import eventually

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0")


class Page:
    """An open page, driven by the DevTools protocol."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)

    async def resize(self, width: int) -> None:
        """Show the page on a screen this many pixels wide."""
        await self._send(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=True
        )

    async def value(self, expression: str) -> Any:  # noqa: ANN401  whatever it is
        """Evaluate a JavaScript expression."""
        result = await self._send("Runtime.evaluate", expression=expression, returnByValue=True)
        return result["result"].get("value")

    async def _send(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        await self._connection.send_str(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer: dict[str, Any] = json.loads(await self._connection.receive_str())
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]  # type: ignore[no-any-return]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Page]:
    """Open a page in its own browser."""
    assert CHROMIUM
    with tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as folder:
        nowhere = asyncio.subprocess.DEVNULL
        browser = await asyncio.create_subprocess_exec(
            *(CHROMIUM, *_OPTIONS, f"--user-data-dir={folder}", url), stdout=nowhere, stderr=nowhere
        )
        try:
            port = Path(folder) / "DevToolsActivePort"
            await eventually(lambda: port.is_file() and len(port.read_text().split()) > 1)
            address = f"127.0.0.1:{port.read_text().split()[0]}"
            async with aiohttp.ClientSession() as client:
                async with client.get(f"http://{address}/json/list") as listed:
                    [found] = [one for one in await listed.json(content_type=None) if one["type"] == "page"]
                async with client.ws_connect(found["webSocketDebuggerUrl"], max_msg_size=0) as connection:
                    yield Page(connection)
        finally:
            browser.terminate()
            await browser.wait()
