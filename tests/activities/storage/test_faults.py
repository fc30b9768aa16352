"""Which storage errors affect every event, and that each use of a table or a container recognizes them."""

import math
from collections.abc import Awaitable, Callable

import pytest
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    IncompleteReadError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)

from activities.domain.errors import StorageFault
from activities.domain.message import Message
from activities.domain.outcomes import DeadLetter, Reason, Retry, RetryReason
from activities.domain.record import ActivityRecord, row_key
from activities.service import Service
from activities.storage.delivery import LARGEST
from activities.storage.envelope import enclose
from activities.storage.faults import concerning_all
from tests.activities.storage.conftest import Storage
from tests.faults.actions import Action, Reset, Status

RECORD = row_key("enrolment-1")
LETTER = DeadLetter(Reason.MALFORMED, "")
LATER = Retry(0, RetryReason.THROTTLED)
LARGE = Message(b"a" * LARGEST)
IN_A_BLOB = enclose(Message(b""), id="n", reason="", detail="", attempt=1).model_copy(
    update={"original": None, "blob": "n"}
)


# What uses a table or a container: the name of the place, and the use.
USES: dict[str, tuple[str, Callable[[Storage], Awaitable[object]]]] = {
    "load": ("ledger", lambda storage: storage.ledger.load("enrolment-1")),
    "find": ("ledger", lambda storage: storage.ledger.find(RECORD)),
    "store a new record": ("ledger", lambda storage: storage.ledger.store(ActivityRecord("enrolment-1"), None)),
    "store a known record": ("ledger", lambda storage: storage.ledger.store(ActivityRecord("enrolment-1"), 'W/"1"')),
    "find a person": ("people", lambda storage: storage.people.find("moodle\n42")),
    "write a letter": ("dead-letters", lambda storage: storage.letters.write(Message(b"{}"), LETTER)),
    "write a letter again": (
        "dead-letters",
        lambda storage: storage.letters.write(Message(b"", body_deleted=True), LETTER),
    ),
    "keep a letter": ("dead-letters", lambda storage: storage.letters.keep(RECORD)),
    "sweep a letter": ("dead-letters", lambda storage: storage.letters.sweep(RECORD, 1)),
    "retry what is large": ("event-bodies", lambda storage: storage.delivery.retry(LARGE, LATER, None, "n")),
    "open what is large": ("event-bodies", lambda storage: storage.delivery.open(IN_A_BLOB.text().encode())),
}
ILL: tuple[Action, ...] = (Status(500), Status(503), Status(401), Status(403), Status(404), Reset())


def refusal(kind: type[HttpResponseError], status: int, code: str | None = None) -> HttpResponseError:
    """Return an error as the SDK raises it."""
    error = kind(code)
    error.status_code = status
    error.error_code = code  # type: ignore[attr-defined]  # set by the storage SDKs
    return error


EVERYBODYS: dict[str, AzureError] = {
    "no connection": ServiceRequestError("?"),
    "no response": ServiceResponseError("?"),
    "half a response": IncompleteReadError("?"),
    "a response that is not the service's own": refusal(DecodeError, 200),
    "a download that was given up": HttpResponseError("?"),
    "no identity": refusal(ClientAuthenticationError, 400),
    "a request that took too long": refusal(HttpResponseError, 408),
    "too many requests": refusal(HttpResponseError, 429),
    "no table": refusal(ResourceNotFoundError, 404, "TableNotFound"),
    "no container": refusal(ResourceNotFoundError, 404, "ContainerNotFound"),
    "nothing at this address": refusal(ResourceNotFoundError, 404),
    "a table that is going": refusal(ResourceExistsError, 409, "TableBeingDeleted"),
    "a container that is going": refusal(ResourceExistsError, 409, "ContainerBeingDeleted"),
}
ITS_OWN: dict[str, AzureError] = {
    "no row": refusal(ResourceNotFoundError, 404, "ResourceNotFound"),
    "no entity": refusal(ResourceNotFoundError, 404, "EntityNotFound"),
    "no blob": refusal(ResourceNotFoundError, 404, "BlobNotFound"),
    "a row that exists": refusal(ResourceExistsError, 409, "EntityAlreadyExists"),
    "a row that has changed": refusal(ResourceModifiedError, 412, "UpdateConditionNotSatisfied"),
    "a row that is too large": refusal(HttpResponseError, 400, "PropertyValueTooLarge"),
}


@pytest.mark.parametrize("error", EVERYBODYS.values(), ids=EVERYBODYS)
def test_some_errors_concern_every_event(error: AzureError) -> None:
    """The table or container is missing, closed or faulty, so no other event would do any better."""
    with pytest.raises(StorageFault) as raised, concerning_all("ledger"):
        raise error
    assert raised.value.__cause__ is error
    assert raised.value.place == "ledger"


@pytest.mark.parametrize("error", ITS_OWN.values(), ids=ITS_OWN)
def test_other_errors_pass(error: AzureError) -> None:
    """They say something about this row, this blob or this request."""
    with pytest.raises(type(error)) as raised, concerning_all("ledger"):
        raise error
    assert raised.value is error


# The tables SDK tests the truth value of an XML element, which is deprecated in Python.
@pytest.mark.filterwarnings("ignore:Testing an element's truth value:DeprecationWarning")
@pytest.mark.parametrize(("place", "use"), USES.values(), ids=USES)
async def test_every_use_tells_an_ill_service(
    storage: Storage, place: str, use: Callable[[Storage], Awaitable[object]]
) -> None:
    """A 5xx, a refusal and a lost connection are faults that name the place."""
    for action in ILL:
        for service in ("table", "blob"):
            storage.proxied[service].clear()
            storage.proxied[service].rule("*", action=action, times=math.inf)
        with pytest.raises(StorageFault) as raised:
            await use(storage)
        assert raised.value.place == place


@pytest.mark.parametrize(("place", "use"), USES.values(), ids=USES)
async def test_every_use_tells_a_missing_place(
    service: Service, storage: Storage, place: str, use: Callable[[Storage], Awaitable[object]]
) -> None:
    """A missing table or container isn't mistaken for one that lacks this row or blob."""
    for table in (service.settings.activities_table, service.settings.people_table):
        await service.storage.table(table).delete_table()
    for container in (service.settings.dead_letter_container, service.settings.event_body_container):
        await service.storage.container(container).delete_container()
    with pytest.raises(StorageFault, match=f"{place}: 404"):
        await use(storage)


@pytest.mark.parametrize("method", ["retry", "redrive", "put_back", "split"])
async def test_a_queue_that_cannot_be_written_is_raised_as_it_is(storage: Storage, method: str) -> None:
    """Without the queue nothing can wait, so the host has to keep the message."""
    letter = enclose(Message(b"{}"), id="n", reason="", detail="", attempt=1)
    arguments = {
        "retry": (Message(b"{}"), LATER, None, "n"),
        "redrive": (letter,),
        "put_back": (b"{}", 0.0),
        "split": (("{}",),),
    }
    storage.proxied["queue"].rule("*", action=Status(503), times=math.inf)
    with pytest.raises(HttpResponseError):
        await getattr(storage.delivery, method)(*arguments[method])
