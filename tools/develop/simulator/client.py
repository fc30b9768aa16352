"""The simulator's verbs, for scripts in other processes."""

from typing import Any

import aiohttp


class SimulatorClient:
    """Speaks to the /admin routes of a simulator.

    Every method raises `aiohttp.ClientResponseError` if the simulator refuses, with its reason as the message.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    async def state(self, limit: int | None = None) -> dict[str, Any]:
        """Get activities (with `limit`, the ones changed last), counts of requests, configuration."""
        query = "" if limit is None else f"?limit={limit}"
        state: dict[str, Any] = await self._call("GET", f"/admin/state{query}")
        return state

    async def activities(self) -> list[dict[str, Any]]:
        """List the activities that exist: id, external_id, kind, created, changed, shows, body."""
        activities: list[dict[str, Any]] = (await self.state())["activities"]
        return activities

    async def environment(self) -> dict[str, str]:
        """Get the app settings of a function app that is to use the simulator."""
        environment: dict[str, str] = (await self.state(limit=0))["environment"]
        return environment

    async def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """List the recorded requests after a number."""
        requests: list[dict[str, Any]] = await self._call("GET", f"/admin/requests?since={since}")
        return requests

    async def configure(self, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
        """Change fields of `Config`; get all of them."""
        config: dict[str, Any] = await self._call("PATCH", "/admin/config", changes)
        return config

    async def fault(self, **fault: Any) -> None:  # noqa: ANN401
        """Set a fault; the arguments are the fields of `Fault`."""
        await self._call("POST", "/admin/faults", fault)

    async def reset(self) -> None:
        """Forget activities, requests and faults; keep the configuration."""
        await self._call("POST", "/admin/reset")

    async def _call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401
        async with aiohttp.ClientSession() as session, session.request(method, self.url + path, json=body) as answer:
            content = await answer.json()
            if not answer.ok:
                raise aiohttp.ClientResponseError(
                    answer.request_info,
                    answer.history,
                    status=answer.status,
                    message=content["error"],
                )
            return content
