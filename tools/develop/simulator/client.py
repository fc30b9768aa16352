"""A client of the /admin routes, for scripts in other processes."""

from typing import Any

import aiohttp


class SimulatorClient:
    """Inspects and changes a simulator that runs in another process.

    If the simulator refuses, every method raises `aiohttp.ClientResponseError` with the simulator's reason.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    async def state(self, limit: int | None = None) -> dict[str, Any]:
        """Get activities (only the newest `limit`, if it's given), counts of requests, and the configuration."""
        query = "" if limit is None else f"?limit={limit}"
        state: dict[str, Any] = await self._call("GET", f"/admin/state{query}")
        return state

    async def activities(self) -> list[dict[str, Any]]:
        """List the activities that exist: id, external_id, kind, created, changed, visible, body."""
        activities: list[dict[str, Any]] = (await self.state())["activities"]
        return activities

    async def environment(self) -> dict[str, str]:
        """Get the app settings that point a function app at the simulator."""
        environment: dict[str, str] = (await self.state(limit=0))["environment"]
        return environment

    async def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """List the recorded requests with a number above `since`."""
        requests: list[dict[str, Any]] = await self._call("GET", f"/admin/requests?since={since}")
        return requests

    async def waiting(self) -> dict[str, Any] | None:
        """Get the app's dead letters and what's waiting: `letters` and `retries`. None if there's no app."""
        waiting: dict[str, Any] | None = await self._call("GET", "/admin/waiting")
        return waiting

    async def add_user(self, **user: Any) -> dict[str, Any]:  # noqa: ANN401
        """Add or replace a person. The arguments are the fields of `User`."""
        added: dict[str, Any] = await self._call("POST", "/admin/users", user)
        return added

    async def add_content(self, **content: Any) -> dict[str, Any]:  # noqa: ANN401
        """Add or replace a course. The arguments are the fields of `Content`."""
        added: dict[str, Any] = await self._call("POST", "/admin/contents", content)
        return added

    async def lift_faults(self) -> None:
        """Lift all faults."""
        await self._call("DELETE", "/admin/faults")

    async def configure(self, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
        """Change fields of `Config`, and return all of them."""
        config: dict[str, Any] = await self._call("PATCH", "/admin/config", changes)
        return config

    async def fault(self, **fault: Any) -> None:  # noqa: ANN401
        """Set a fault. The arguments are the fields of `Fault`."""
        await self._call("POST", "/admin/faults", fault)

    async def reset(self) -> None:
        """Forget activities, requests and faults, but keep the configuration."""
        await self._call("POST", "/admin/reset")

    async def _call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401
        async with aiohttp.ClientSession() as session, session.request(method, self.url + path, json=body) as response:
            content = await response.json()
            if not response.ok:
                raise aiohttp.ClientResponseError(
                    response.request_info,
                    response.history,
                    status=response.status,
                    message=content["error"],
                )
            return content
