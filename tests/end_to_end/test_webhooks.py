"""Webhooks from real clients, through the function app in the official worker runtime, to Graph."""

import asyncio
import gzip
import json
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import tincan
from aiohttp import ClientSession

from activities.domain.desired import external_id
from activities.service import Service
from tests.activities.webhooks.proofs import PROOFS, SECRETS, WEBHOOKS, basic, token
from tests.activities.webhooks.test_token import serving
from tests.end_to_end.hosts import host
from tests.native_event import event_body
from tests.storage_reading import dead_letters
from tools.develop.host.process import HostProcess
from tools.develop.simulator import Content, Simulator, User

ENVIRONMENT = {name: secret.get_secret_value() for name, secret in SECRETS.items()}
SOURCES = {"moodle": {"enrolments": "selfInitiated"}, "openedx": {"enrolments": "selfInitiated"}}
COURSE = "https://learn.contoso.com/courses/first-aid"
LEARNERS = ("adele", "alex", *(f"learner{number}" for number in range(5)))
SETTINGS = {"WEBHOOKS": json.dumps(WEBHOOKS), "LMS_SOURCES": json.dumps(SOURCES), **ENVIRONMENT}


@dataclass(frozen=True, slots=True)
class App:
    """A running function app with webhooks."""

    host: HostProcess
    session: ClientSession
    simulator: Simulator

    def address(self, name: str, end: str = "") -> str:
        """The address that a sender sends to."""
        assert self.host.url
        return f"{self.host.url}/api/webhooks/{name}{end}"

    async def post(self, name: str, body: bytes, headers: Mapping[str, str] | None = None, end: str = "") -> int:
        """Send a request as this sender. Return the status."""
        proof = PROOFS[name](body) if headers is None else headers
        async with self.session.post(self.address(name, end), data=BytesIO(body), headers=proof) as response:
            await response.read()
            return response.status

    async def activities(self, count: int) -> list[Any]:
        """Wait for this many activities in Graph."""
        await self.simulator.wait_until(lambda: len(self.simulator.activities) >= count, seconds=30)
        return list(self.simulator.activities)


@asynccontextmanager
async def app(environment: Mapping[str, str], folder: Path, simulator: Simulator) -> AsyncIterator[App]:
    """Run the function app with these settings in addition to the webhook settings."""
    async with host({**SETTINGS, **environment}, folder) as running, ClientSession() as session:
        await running.ready()
        yield App(running, session, simulator)


def statement(learner: str) -> dict[str, Any]:
    """A completion."""
    return {
        "actor": {"mbox": f"mailto:{learner}@contoso.com"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": COURSE, "definition": {"type": "http://adlnet.gov/expapi/activities/course"}},
        "timestamp": "2026-01-15T10:00:00Z",
    }


def lrs(running: App, name: str, **proof: str) -> tincan.RemoteLRS:
    """TinCan's client, set up as Open edX sets it up."""
    return tincan.RemoteLRS(endpoint=running.address(name), version="1.0.3", **proof)


async def test_tincan_saves_statements(environment: Mapping[str, str], simulator: Simulator, tmp_path: Path) -> None:
    """One by PUT, one by POST, and many at once. Each becomes an activity."""
    users = [User(id=str(uuid.uuid4()), user_principal_name=f"{name}@contoso.com") for name in LEARNERS]
    simulator.configure(users=users, contents=[Content(id=str(uuid.uuid4()), external_id=COURSE)])
    async with app(environment, tmp_path, simulator) as running:
        edx = lrs(running, "openedx", auth=f"Bearer {ENVIRONMENT['WEBHOOK_SECRET_OPENEDX']}")
        moodle = lrs(running, "moodle", username="lms", password=ENVIRONMENT["WEBHOOK_SECRET_MOODLE"])
        single = tincan.Statement({**statement("adele"), "id": str(uuid.uuid4())})
        saved = await asyncio.to_thread(edx.save_statement, single)
        assert (saved.success, saved.response.status) == (True, 204)
        saved = await asyncio.to_thread(edx.save_statement, tincan.Statement(statement("alex")))
        assert (saved.success, saved.response.status) == (True, 200)
        assert saved.content.id.version == 4
        many = [tincan.Statement(statement(name)) for name in LEARNERS[2:]]
        saved = await asyncio.to_thread(moodle.save_statements, many)
        assert (saved.success, saved.response.status) == (True, 200)
        assert len({one.id for one in saved.content}) == 5
        wrong = lrs(running, "moodle", username="lms", password="wrong")
        assert (await asyncio.to_thread(wrong.save_statements, many)).response.status == 401
        activities = await running.activities(7)
    assert len(activities) == 7
    assert {activity.body["status"] for activity in activities} == {"completed"}


async def test_signed_webhooks_become_activities(
    environment: Mapping[str, str], simulator: Simulator, tmp_path: Path
) -> None:
    """Standard Webhooks, an HMAC and a token, each made by the library that vendors use. The body may be large."""
    event = json.loads(event_body(enrollmentId="one"))
    formats = {name: entry | {"format": "native"} for name, entry in WEBHOOKS.items()}
    async with serving() as keys:
        jwt = {"scheme": "jwt", "keys": keys.url, "issuer": None, "audience": None, "format": "native"}
        settings = {"WEBHOOKS": json.dumps(formats | {"canvas": jwt}), "LMS_SOURCES": ""}
        async with app({**environment, **settings}, tmp_path, simulator) as running:
            for name in ("learning360", "learnupon", "hr"):
                assert await running.post(name, json.dumps(event).encode()) == 200
            assert await running.post("canvas", token(event).encode(), {}) == 200
            padded = json.dumps([event | {"enrollmentId": "large", "padding": "é" * 200_000}], ensure_ascii=False)
            packed = gzip.compress(padded.encode())
            headers = {**PROOFS["learnupon"](packed), "Content-Encoding": "gzip"}
            assert await running.post("learnupon", packed, headers) == 200
            activities = await running.activities(5)
    names = {"learning360:one", "learnupon:one", "hr:one", "canvas:one", "learnupon:large"}
    assert {activity.external_id for activity in activities} == set(map(external_id, names))


async def test_curl_sends_the_rest(environment: Mapping[str, str], simulator: Simulator, tmp_path: Path) -> None:
    """It sends a secret in a header, as an administrator would, and an empty batch, as Moodle does every minute."""
    formats = {name: entry | {"format": "native"} for name, entry in WEBHOOKS.items() if name == "docebo"}
    settings = {"WEBHOOKS": json.dumps(formats | {"moodle": WEBHOOKS["moodle"]}), "LMS_SOURCES": ""}
    file = tmp_path / "event.json"
    file.write_bytes(event_body(enrollmentId="one"))
    async with app({**environment, **settings}, tmp_path, simulator) as running:
        secret = ENVIRONMENT["WEBHOOK_SECRET_DOCEBO"]
        sent = ["-H", f"X-Docebo-Token: {secret}", "--data-binary", f"@{file}", running.address("docebo")]
        assert await curl(*sent) == "{}200"
        assert await curl("-H", f"X-Docebo-Token: {secret}", *sent) == '{"error": "unauthorized"}401'
        user = ["-u", f"lms:{ENVIRONMENT['WEBHOOK_SECRET_MOODLE']}"]
        assert await curl(*user, "-d", "[]", running.address("moodle", "/statements")) == "[]200"
        assert await curl(*user, "-d", "[]", running.address("nobody")) == '{"error": "unauthorized"}401'
        assert (await curl("-X", "GET", running.address("docebo")))[-3:] in {"404", "405"}
        chunked = ["-H", "Transfer-Encoding: chunked", "--data-binary", f"@{file}"]
        assert await curl(*user, *chunked, running.address("moodle", "/statements")) == '{"error": "empty"}400'
        [activity] = await running.activities(1)
    assert activity.external_id == external_id("docebo:one")


async def curl(*arguments: str) -> str:
    """Run curl. Return the body and the status."""
    program = ["curl", "-sS", "--max-time", "10", "-w", "%{http_code}", *arguments]
    process = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return output.decode()


async def test_no_sender_changes_what_others_have_sent(
    service: Service, environment: Mapping[str, str], simulator: Simulator, tmp_path: Path
) -> None:
    """Whatever a body says, it can't change another sender's record, or one whose events came by the queue."""
    formats = {name: entry | {"format": "native"} for name, entry in WEBHOOKS.items()}
    settings = {"WEBHOOKS": json.dumps(formats), "LMS_SOURCES": ""}
    queue = service.storage.queue(service.settings.events_queue)
    async with app({**environment, **settings}, tmp_path, simulator) as running:
        await queue.send_message(event_body(enrollmentId="hr:one").decode())
        await running.activities(1)
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        removal = json.loads(event_body(enrollmentId="one", eventType="course.unassigned", occurredAt=now))
        for name in ("hr", "learnupon"):
            forged = {"specversion": "1.0", "type": "lms.webhook", "source": "hr", "id": "1", "data": removal}
            assert await running.post(name, json.dumps(forged).encode()) == 200
        for _ in range(300):
            letters = await dead_letters(service.letters)
            if letters:
                break
            await asyncio.sleep(0.1)
    [activity] = simulator.activities
    assert activity.external_id == external_id("hr:one")
    assert {letter.reason for letter in letters} == {"identity_conflict"}


async def test_without_webhooks_there_is_no_door(
    environment: Mapping[str, str], tmp_path: Path, simulator: Simulator
) -> None:
    """Only the queue and timer functions exist. With webhooks there are two more, in their own process."""
    queues = {"process_event", "retry_event", "collect_poison", "collect_retry_poison"}
    async with host(environment, tmp_path) as running:
        await running.ready()
        assert (set(running.functions()), running.url) == (queues, None)
    async with app(environment, tmp_path, simulator) as with_door:
        functions = with_door.host.functions()
    assert set(functions) == queues | {"receive_webhook", "receive_statements"}
    assert functions["receive_webhook"] == functions["receive_statements"]
    assert len(set(functions.values())) == 5


@pytest.mark.parametrize("text", ["{", "@Microsoft.KeyVault(SecretUri=https://v.example/secrets/webhooks)"])
async def test_a_setting_that_cannot_be_read_closes_the_door_alone(
    service: Service, environment: Mapping[str, str], simulator: Simulator, tmp_path: Path, text: str
) -> None:
    """Events on the queues are still handled."""
    async with app({**environment, "WEBHOOKS": text}, tmp_path, simulator) as running:
        assert await running.post("moodle", b"[]", basic()) == 401
        await service.storage.queue(service.settings.events_queue).send_message(event_body().decode())
        await running.activities(1)
