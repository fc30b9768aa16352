"""The simulator's own HTTP interface, for its page and for scripts. See docs/local-stack.md."""

import json
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from tools.develop.simulator.activities import Activity
from tools.develop.simulator.config import Content, User
from tools.develop.simulator.directory import Directory
from tools.develop.simulator.tenant import Tenant

# Returns the app's dead letters and what's waiting for a retry: `letters` and `retries`, with their counts.
Waiting = Callable[[], Awaitable[Mapping[str, Any]]]


def _describe(activity: Activity, directory: Directory) -> dict[str, Any]:
    """Return an activity as JSON, with facts that Graph doesn't return."""
    user = directory.user(activity.body["learnerUserId"])
    content = directory.content(activity.body["learningContentId"])
    return {
        "id": activity.id,
        "external_id": activity.external_id,
        "kind": activity.kind,
        "created": activity.created.isoformat(),
        "changed": activity.changed.isoformat(),
        "visible": activity.visible,
        "learner": (user.display_name or user.user_principal_name) if user else None,
        "course": content.title if content else None,
        "body": activity.body,
    }


def _number(http: web.Request, name: str) -> int | None:
    try:
        return int(http.query[name]) if name in http.query else None
    except ValueError:
        raise web.HTTPBadRequest(text=f"{name} must be a number") from None


@contextmanager
def _refusals() -> Iterator[None]:
    """Respond with 400 and the reason if what was sent can't be used."""
    try:
        yield
    except (ValidationError, TypeError, ValueError) as error:
        text = json.dumps({"error": str(error)})
        raise web.HTTPBadRequest(text=text, content_type="application/json") from None


class Admin:
    """The /admin routes of one tenant. `waiting` gives the function that says what's waiting, if there's an app."""

    def __init__(self, tenant: Tenant, waiting: Callable[[], Waiting | None]) -> None:
        self._tenant = tenant
        self._waiting = waiting

    def add_routes(self, app: web.Application) -> None:
        """Add the routes to a web application."""
        app.router.add_get("/admin/state", self._state)
        app.router.add_get("/admin/requests", self._requests)
        app.router.add_get("/admin/waiting", self._what_waits)
        app.router.add_get("/admin/config", self._get_config)
        app.router.add_patch("/admin/config", self._patch_config)
        app.router.add_post("/admin/users", self._user)
        app.router.add_post("/admin/contents", self._content)
        app.router.add_post("/admin/faults", self._fault)
        app.router.add_delete("/admin/faults", self._lift)
        app.router.add_post("/admin/reset", self._reset)

    async def _state(self, http: web.Request) -> web.Response:
        tenant, limit = self._tenant, _number(http, "limit")
        activities = tenant.activities
        shown = activities if limit is None else activities[max(0, len(activities) - limit) :]
        counts: dict[str, dict[str, int]] = {}
        for (operation, status), number in sorted(tenant.counts.items()):
            counts.setdefault(operation, {})[status] = number
        state = {
            "now": time.time(),
            "environment": tenant.environment,
            "behaviour": tenant.config.model_dump(mode="json", exclude={"users", "contents"}),
            "activity_count": len(activities),
            "learner_count": len({activity.body["learnerUserId"] for activity in activities}),
            "activities": [_describe(activity, tenant.directory) for activity in shown],
            "counts": counts,
            "token_requests": sum(counts.get("token", {}).values()),
            "last_number": tenant.requests[-1].number if tenant.requests else 0,
            "seconds": list(tenant.journal.seconds),
        }
        return web.json_response(state)

    async def _requests(self, http: web.Request) -> web.Response:
        requests = self._tenant.journal.since(_number(http, "since") or 0)
        return web.json_response([asdict(request) for request in requests])

    async def _get_config(self, _: web.Request) -> web.Response:
        return web.json_response(self._tenant.config.model_dump(mode="json"))

    async def _patch_config(self, http: web.Request) -> web.Response:
        with _refusals():
            self._tenant.configure(**await http.json())
        return await self._get_config(http)

    async def _user(self, http: web.Request) -> web.Response:
        with _refusals():
            user = User(**await http.json())
        self._tenant.put_user(user)
        return web.json_response(user.model_dump(mode="json"))

    async def _content(self, http: web.Request) -> web.Response:
        with _refusals():
            content = Content(**await http.json())
        self._tenant.put_content(content)
        return web.json_response(content.model_dump(mode="json"))

    async def _fault(self, http: web.Request) -> web.Response:
        with _refusals():
            fault = self._tenant.fault(**await http.json())
        return web.json_response(fault.model_dump(mode="json"))

    async def _lift(self, _: web.Request) -> web.Response:
        self._tenant.lift_faults()
        return web.json_response({})

    async def _what_waits(self, _: web.Request) -> web.Response:
        waiting = self._waiting()
        return web.json_response(None if waiting is None else await waiting())

    async def _reset(self, _: web.Request) -> web.Response:
        self._tenant.reset()
        return web.json_response({})
