"""Breakages of people, licences and courses."""

from tools.develop.breakages.breakage import DONE, Breakage, Line, redriven, settled
from tools.develop.breakages.scene import Scene, event
from tools.develop.demo.tenant import ALEX_NAME, UNLICENSED
from tools.develop.simulator import Content


def in_the_directory() -> list[Breakage]:
    """Return the breakages in which something is missing for a person or a course."""

    async def unlicensed(scene: Scene) -> None:
        await scene.publish(event("e-licence", learner={"entraObjectId": UNLICENSED}))

    async def license_(scene: Scene) -> None:
        scene.graph(unlicensed_learners=set())

    async def unknown(scene: Scene) -> None:
        await scene.publish(event("e-unknown", learner={"lmsAccount": {"source": "lms", "id": "4711"}}))

    async def know(scene: Scene) -> None:
        scene.write("people.csv", f"source,id,userPrincipalName\nlms,4711,{ALEX_NAME}\n")

    async def uncatalogued(scene: Scene) -> None:
        await scene.publish(event("e-course", course={"externalId": "DP-999"}))

    async def catalogue(scene: Scene) -> None:
        new = Content(id="0d3c2b1a-9f8e-4d7c-8b6a-5f4e3d2c1b0a", external_id="DP-999", title="Data protection, again")
        scene.graph(contents=(*scene.stack.simulator.config.contents, new))

    return [
        Breakage(
            "A learner has no licence",
            unlicensed,
            Line("dead-letters list", "learner_unlicensed"),
            "Assign a licence for Viva Learning.",
            license_,
            (redriven("learner_unlicensed"), settled("e-licence")),
        ),
        Breakage(
            "Nobody knows who an LMS account belongs to",
            unknown,
            Line("doctor", "NOT dead letters: 1 learner_not_found: correct the directory or the table of people"),
            "Ask the LMS's administrator whose account it is.",
            know,
            (
                Line("people import people.csv", "imported: 1"),
                redriven("learner_not_found"),
                settled("e-unknown"),
            ),
        ),
        Breakage(
            "A course isn't in the catalogue",
            uncatalogued,
            Line("activity e-course", "the provider's catalogue does not have the course yet"),
            "Publish the course. The app tries its event again by itself, or at once if you tell it to.",
            catalogue,
            (Line("activity e-course check", DONE),),
        ),
    ]
