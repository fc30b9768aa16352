"""What somebody else changes in Graph without telling the service."""

from http import HTTPMethod

import httpx

from tests.traces.world import World


async def delete_in_graph(world: World) -> None:
    """Delete the only activity, and wait until Graph no longer shows it."""
    [activity] = world.simulator.activities
    await _send(world, HTTPMethod.DELETE, f"/{activity.id}")


async def create_in_graph(world: World, **properties: object) -> None:
    """Create a required assignment with these properties, and wait until Graph shows it."""
    body = {
        "@odata.type": "#microsoft.graph.learningAssignment",
        "assignmentType": "required",
        "learningProviderId": world.simulator.config.provider_id,
        "status": "inProgress",
        **properties,
    }
    await _send(world, HTTPMethod.POST, "", body)


async def _send(world: World, method: HTTPMethod, path: str, body: object = None) -> None:
    simulator = world.simulator
    activities = f"/employeeExperience/learningProviders/{simulator.config.provider_id}/learningCourseActivities"
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {simulator.token()}"}) as client:
        (await client.request(method, simulator.graph_url + activities + path, json=body)).raise_for_status()
    world.advance(2 * world.settings.settle)
