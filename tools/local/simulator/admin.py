"""The simulator's own HTTP interface, for when it runs in another process."""

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic import ValidationError

from tools.local.simulator.activities import Activity
from tools.local.simulator.journal import RecordedRequest

if TYPE_CHECKING:
    from tools.local.simulator.server import Simulator


def describe_activity(activity: Activity) -> dict[str, Any]:
    """Write an activity as JSON, with what Graph does not tell."""
    return {
        "id": activity.id,
        "external_id": activity.external_id,
        "kind": activity.kind,
        "created": activity.created.isoformat(),
        "changed": activity.changed.isoformat(),
        "shows": activity.shows(),
        "body": activity.body,
    }


def describe_request(request: RecordedRequest) -> dict[str, Any]:
    """Write a recorded request as JSON."""
    return asdict(request)


def _state(simulator: "Simulator", limit: int | None) -> dict[str, Any]:
    activities = simulator.activities
    counts: dict[str, dict[str, int]] = {}
    for (operation, status), number in sorted(simulator.counts.items()):
        counts.setdefault(operation, {})[status] = number
    shown = activities if limit is None else sorted(activities, key=lambda one: one.changed)[-limit:]
    return {
        "started_at": simulator.started_at,
        "now": time.time(),
        "environment": simulator.environment,
        "config": simulator.config.model_dump(mode="json"),
        "activity_count": len(activities),
        "activities": [describe_activity(activity) for activity in shown],
        "counts": counts,
        "token_requests": sum(counts.get("token", {}).values()),
        "last_number": simulator.requests[-1].number if simulator.requests else 0,
    }


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    """Add the /admin routes."""

    async def state(http: web.Request) -> web.Response:
        limit = http.query.get("limit")
        return web.json_response(_state(simulator, None if limit is None else int(limit)))

    async def requests(http: web.Request) -> web.Response:
        since = int(http.query.get("since", "0"))
        return web.json_response([describe_request(one) for one in simulator.requests_since(since)])

    async def configure(http: web.Request) -> web.Response:
        changes = await http.json()
        try:
            simulator.configure(**changes)
        except (ValidationError, TypeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response(simulator.config.model_dump(mode="json"))

    async def fault(http: web.Request) -> web.Response:
        try:
            made = simulator.fault(**await http.json())
        except (ValidationError, TypeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response(made.model_dump(mode="json"))

    async def reset(_: web.Request) -> web.Response:
        simulator.reset()
        return web.json_response({})

    app.router.add_get("/admin/state", state)
    app.router.add_get("/admin/requests", requests)
    app.router.add_patch("/admin/config", configure)
    app.router.add_post("/admin/faults", fault)
    app.router.add_post("/admin/reset", reset)
