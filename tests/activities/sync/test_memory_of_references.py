"""What's remembered of references, for how long, and when they're looked up again."""

import asyncio

import pytest

from activities.domain.errors import Unclear
from activities.domain.terms import OwnerIds, Reference
from activities.service import Service
from activities.sync.references import CONTENT_NOT_FOUND_SECONDS, FOUND_SECONDS, USER_NOT_FOUND_SECONDS, _Lookups
from tests.activities.sync.tenant import ANN, BOB, COURSE, EVE, load_person, subject
from tests.simulation.loop import run
from tools.develop.simulator import Content, Simulator

NAMED = subject(Reference("userPrincipalName", ANN.user_principal_name), Reference("externalId", COURSE.external_id))
ACCOUNT = "moodle\n42"


async def test_concurrent_lookups_of_one_reference_share_a_request(service: Service, simulator: Simulator) -> None:
    """Fifty events of one learner that arrive at the same time cost one lookup."""
    learner = subject(Reference("userPrincipalName", ANN.user_principal_name))

    await asyncio.gather(*(service.references.resolve(learner) for _ in range(50)))

    assert simulator.counts["find_user", "200"] == 1


@pytest.mark.parametrize("redriven", [False, True])
@pytest.mark.parametrize(("found", "lookups"), [(["1"], 1), ([], 2), (["1", "2"], 2)], ids=["one", "none", "several"])
async def test_only_a_single_id_is_remembered_for_long(found: list[str], lookups: int, *, redriven: bool) -> None:
    """A learner who was added, or whose address is no longer ambiguous, is found soon, and by a redrive at once."""
    sent: list[Reference] = []

    async def look_up(reference: Reference) -> list[str]:
        sent.append(reference)
        return found

    remembered = _Lookups(look_up, not_found_seconds=60.0 if redriven else 0.0)

    assert [(await remembered.get(Reference("email", "a@b"), anew=redriven))[0] for _ in range(2)] == [found] * 2
    assert len(sent) == lookups


async def test_whoever_resolves_is_told_whether_anything_was_remembered(service: Service) -> None:
    """Remembered ids may be outdated. Graph's own ids need no lookup, so nothing is remembered for them."""
    assert [(await service.references.resolve(NAMED)).remembered for _ in range(2)] == [False, True]
    assert [(await service.references.resolve(subject())).remembered for _ in range(2)] == [False, False]
    half = subject(course=NAMED.course)
    assert (await service.references.resolve(half)).remembered


async def test_what_graph_refused_is_looked_up_again(service: Service, simulator: Simulator) -> None:
    """The catalogue was reloaded, or a person's account was created again."""
    await service.references.resolve(NAMED)
    simulator.config.contents = (Content(id="content-9", external_id=COURSE.external_id),)
    simulator.config.users = (BOB.model_copy(update={"user_principal_name": ANN.user_principal_name}),)
    assert (await service.references.resolve(NAMED)).ids == OwnerIds(ANN.id, COURSE.id)

    await service.references.forget(NAMED)

    found = await service.references.resolve(NAMED)
    assert (found.ids, found.remembered) == (OwnerIds(BOB.id, "content-9"), False)


async def test_a_corrected_row_of_people_counts_at_once(service: Service, simulator: Simulator) -> None:
    """The table is ours and cheap to read, so it isn't remembered. A lookup in Graph still is."""
    about = subject(Reference("lmsAccount", ACCOUNT))
    found: list[str] = []
    for row in (
        {"email": "ann@contoso.example"},
        {"entraObjectId": EVE.id},
        {"userPrincipalName": "bob@contoso.example"},
    ):
        await load_person(service, ACCOUNT, **row)
        found += [(await service.references.resolve(about)).ids.learner_user_id for _ in range(2)]

    assert found == [ANN.id, ANN.id, EVE.id, EVE.id, BOB.id, BOB.id]
    assert simulator.counts["find_user", "200"] == 2


async def test_an_account_is_forgotten_as_the_person_that_it_leads_to(service: Service, simulator: Simulator) -> None:
    """What's remembered is the lookup in Graph, which uses the row's address."""
    about = subject(Reference("lmsAccount", ACCOUNT))
    await load_person(service, ACCOUNT, email="ann@contoso.example")
    await service.references.resolve(about)
    await service.references.forget(about)
    await service.references.resolve(about)
    assert simulator.counts["find_user", "200"] == 2
    await service.references.forget(subject(Reference("lmsAccount", "moodle\nnobody")))


@pytest.mark.parametrize(
    ("found", "seconds"),
    [
        (["1"], FOUND_SECONDS),
        ([], USER_NOT_FOUND_SECONDS),
        (["1", "2"], USER_NOT_FOUND_SECONDS),
        ([], CONTENT_NOT_FOUND_SECONDS),
    ],
    ids=["one", "none", "several", "no course"],
)
def test_lookups_are_remembered_for_a_while(found: list[str], seconds: float) -> None:
    """A single id is remembered for an hour. None or several only briefly, because somebody may be correcting that."""
    asked: list[float] = []

    async def look_up(_: Reference) -> list[str]:
        asked.append(asyncio.get_running_loop().time())
        return found

    async def main() -> list[bool]:
        lookups = _Lookups(look_up, min(seconds, CONTENT_NOT_FOUND_SECONDS))
        remembered = []
        for pause in (0.0, seconds - 1, 2.0):
            await asyncio.sleep(pause)
            remembered.append((await lookups.get(Reference("email", "a@b"), anew=False))[1])
        return remembered

    assert run(main) == [False, True, False]
    assert asked == [0.0, seconds + 1]


async def test_a_failed_lookup_is_not_remembered() -> None:
    """Everybody who waits for it fails, and the next one looks it up again."""
    found: list[list[str]] = [["1"]]

    async def look_up(_: Reference) -> list[str]:
        await asyncio.sleep(0)
        if found[0] == ["1"]:
            found[0] = ["2"]
            raise Unclear("find_users: 500")
        return found[0]

    lookups, reference = _Lookups(look_up, 60.0), Reference("email", "a@b")
    both = await asyncio.gather(*(lookups.get(reference, anew=False) for _ in range(2)), return_exceptions=True)
    assert [type(one) for one in both] == [Unclear, Unclear]
    assert await lookups.get(reference, anew=False) == (["2"], False)
