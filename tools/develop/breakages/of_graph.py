"""Breakages in the tenant. They affect every event."""

from tools.develop.breakages.breakage import Breakage, Line
from tools.develop.breakages.scene import Scene, event
from tools.develop.simulator import Quota
from tools.develop.simulator.config import PERMISSIONS


def in_graph() -> list[Breakage]:
    """Return the breakages that affect everybody."""

    async def switch_off(scene: Scene) -> None:
        scene.graph(sync_enabled=False)
        await scene.publish(*(event(f"e-provider-{number}") for number in range(1, 4)))

    async def switch_on(scene: Scene) -> None:
        scene.graph(sync_enabled=True)

    async def revoke(scene: Scene) -> None:
        scene.graph(permissions=PERMISSIONS - {"assignment"})
        await scene.publish(*(event(f"e-role-{number}") for number in range(1, 4)))

    async def grant(scene: Scene) -> None:
        scene.graph(permissions=PERMISSIONS)

    async def throttle(scene: Scene) -> None:
        scene.graph(quota=(Quota(requests=1, seconds=15),))
        await scene.publish(*(event(f"e-quota-{number}") for number in range(1, 4)))

    async def relax(scene: Scene) -> None:
        scene.graph(quota=())

    all_settled = Line("status", "records that are not settled: 0")
    return [
        Breakage(
            "The learning provider's sync is switched off",
            switch_off,
            Line("doctor", "NOT hold of read/assignment: get_by_external_id: 400"),
            "Switch it on (isCourseActivitySyncEnabled). The events wait until then, and go on by themselves.",
            switch_on,
            (all_settled,),
        ),
        Breakage(
            "A permission was taken away",
            revoke,
            Line("doctor", "NOT hold of create/assignment: create: 403"),
            "Have an administrator grant it. The events wait until then, and go on by themselves.",
            grant,
            (all_settled,),
        ),
        Breakage(
            "Graph's quota is used up",
            throttle,
            Line("status", "Graph: throttled"),
            "Wait: the app keeps the pace that Graph allows.",
            relax,
            (all_settled,),
        ),
    ]
