"""What names, connection strings and times in settings may be, and what an error about them shows."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from activities.setting_rules import AccountName, ContainerName, QueueName, TableName, connection_string, time_span
from activities.storage.account import StorageAccount, check_account
from tests.activities.test_settings import ENOUGH, settings

QUEUE, CONTAINER, TABLE, ACCOUNT = (
    TypeAdapter[str](kind) for kind in (QueueName, ContainerName, TableName, AccountName)
)
KEY = "AccountKey=c2VjcmV0"
OF_NOBODY = ["-a-name", "a-name-", "a--name", "a_name", "a.name", "ab", "a" * 64, "", " lms", "lms\n", "größe", "$web"]


@pytest.mark.parametrize("name", ["lms", "1-2-3", "a" * 56])
def test_a_queue_may_have_such_a_name(name: str) -> None:
    """Three characters are enough, and the poison queue's suffix has to fit after the longest name."""
    assert QUEUE.validate_python(name) == name


@pytest.mark.parametrize("name", ["Lms-Events", "a" * 57, "lms-events-poison", "azure-webjobs-x", *OF_NOBODY])
def test_a_queue_may_have_no_other_name(name: str) -> None:
    """The host would listen to another queue than the app writes to, or have no place for what it gives up on."""
    with pytest.raises(ValidationError):
        QUEUE.validate_python(name)


@pytest.mark.parametrize("name", ["dead", "d" * 63, "letters-poison"])
def test_a_container_may_have_such_a_name(name: str) -> None:
    """A container has no poison container, so its name may be longer than a queue's."""
    assert CONTAINER.validate_python(name) == name


@pytest.mark.parametrize("name", ["Dead-Letters", "azure-webjobs-hosts", *OF_NOBODY])
def test_a_container_may_have_no_other_name(name: str) -> None:
    """Storage would refuse it at every request, or the host uses it itself."""
    with pytest.raises(ValidationError):
        CONTAINER.validate_python(name)


@pytest.mark.parametrize("name", ["activities", "Lms2Activities", "a" * 63])
def test_a_table_may_have_such_a_name(name: str) -> None:
    """Table names may have capital letters."""
    assert TABLE.validate_python(name) == name


@pytest.mark.parametrize("name", ["ab", "a" * 64, "2tables", "a-b", "a_b", "Tables", "AzureWebJobsHostLogs", "", "a b"])
def test_a_table_may_have_no_other_name(name: str) -> None:
    """Storage would refuse it, or it's reserved."""
    with pytest.raises(ValidationError):
        TABLE.validate_python(name)


@pytest.mark.parametrize(
    "name", ["https://abc.queue.core.windows.net", "abc.blob.core.windows.net", "Abc", "ab", "a-b"]
)
def test_an_account_has_a_name_and_no_address(name: str) -> None:
    """The app builds the account's addresses from its name."""
    with pytest.raises(ValidationError):
        ACCOUNT.validate_python(name)


EMULATOR = {
    "as documented": ("UseDevelopmentStorage=true", "http://127.0.0.1"),
    "with a semicolon": ("UseDevelopmentStorage=true;", "http://127.0.0.1"),
    "in another case": ("usedevelopmentstorage=True;;", "http://127.0.0.1"),
    "with a proxy": ("UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://azurite", "http://azurite"),
    "with the port of a proxy": (
        "DevelopmentStorageProxyUri=https://127.0.0.1:8888/;UseDevelopmentStorage=true;",
        "https://127.0.0.1",
    ),
    "with an address of IPv6": ("UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://[::1]", "http://[::1]"),
}


@pytest.mark.parametrize(("text", "origin"), EMULATOR.values(), ids=EMULATOR)
async def test_every_way_to_name_the_emulator_works(monkeypatch: pytest.MonkeyPatch, text: str, origin: str) -> None:
    """All three libraries accept it, and mean what the host means: its ports, at the proxy's host."""
    storage = StorageAccount(settings(monkeypatch, **ENOUGH | {"AzureWebJobsStorage": text}))
    assert [storage.container("c").url, storage.queue("q").url, storage.table("t").url] == [
        f"{origin}:10000/devstoreaccount1/c",
        f"{origin}:10001/devstoreaccount1/q",
        f"{origin}:10002/devstoreaccount1",
    ]
    await storage.close()


@pytest.mark.parametrize(
    "text",
    [
        f"DefaultEndpointsProtocol=https;AccountName=abc;{KEY};EndpointSuffix=core.windows.net",
        f"AccountName=abc;{KEY}",
        "AccountName=abc;SharedAccessSignature=sv=1&sig=c2VjcmV0",
        f"accountname=abc;{KEY};BlobEndpoint=http://h:1/a;QueueEndpoint=http://h:2/a;TableEndpoint=http://h:3/a;",
    ],
)
def test_a_connection_string_stays_as_it_is(text: str) -> None:
    """Only the short forms for the emulator are written out."""
    assert connection_string(f" {text}\n") == text


WRONG = {
    "no names": "c2VjcmV0",
    "no name": "=c2VjcmV0",
    "nothing": ";",
    "a name twice": f"AccountName=abc;accountname=c2VjcmV0;{KEY}",
    "a key that is not base64": "AccountName=abc;AccountKey=c2VjcmV0!",
    "another protocol": f"DefaultEndpointsProtocol=ftp;AccountName=abc;{KEY}",
    "no account": KEY,
    "no key": "AccountName=c2VjcmV0",
    "only blobs": "BlobEndpoint=https://abc.blob.core.windows.net;SharedAccessSignature=sv=1&sig=c2VjcmV0",
    "an address that is none": f"BlobEndpoint=http://[c2VjcmV0;AccountName=abc;{KEY}",
    "quotes": '"UseDevelopmentStorage=true"',
    "no emulator": "UseDevelopmentStorage=false",
    "the emulator and an account": f"UseDevelopmentStorage=true;AccountName=abc;{KEY}",
    "a proxy without a scheme": "UseDevelopmentStorage=true;DevelopmentStorageProxyUri=c2VjcmV0",
    "a proxy that is no address": "UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://[c2VjcmV0",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_a_wrong_connection_string_is_refused_while_loading(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """The clients are created once. The error names the setting, and neither it nor its causes show the key."""
    with pytest.raises(ValueError, match="AzureWebJobsStorage") as refused:
        check_account(settings(monkeypatch, **ENOUGH | {"AzureWebJobsStorage": text}))

    error: BaseException | None = refused.value
    while error is not None:
        assert "c2VjcmV0" not in str(error)
        error = error.__cause__ or error.__context__


def test_an_account_with_an_identity_needs_no_connection_string(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its clients can also be created while loading, although there's no event loop yet."""
    check_account(settings(monkeypatch, LEARNING_PROVIDER_ID="p", AzureWebJobsStorage__accountName="account"))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:01:30", 90), ("0:1", 60), ("1.00:00:01", 86401), ("00:00:00.300", 0.3), ("00:00:10.0000000", 10)],
)
def test_the_time_spans_of_the_host(text: str, seconds: float) -> None:
    """They're read as .NET writes them."""
    assert time_span(text) == seconds


@pytest.mark.parametrize("text", ["90", "", "1:2:3:4", "a minute", "-00:01:30", "00:01:30s", "00:01:30."])
def test_other_texts_are_no_time_spans(text: str) -> None:
    """A bare number would be days."""
    with pytest.raises(ValueError, match="time span"):
        time_span(text)


HOST = "AzureFunctionsJobHost__extensions__queues__visibilityTimeout"
HOST_JSON = '{"extensions": {"queues": {"visibilityTimeout": "00:01:30"}}}'
# The lease and the margin are 70 seconds together.
HOSTS: dict[str, tuple[str | None, dict[str, str], str | None]] = {
    "host.json": (HOST_JSON, {}, None),
    "just enough": (HOST_JSON.replace("01:30", "01:10"), {}, None),
    "a setting": (None, {HOST: "00:01:10"}, None),
    "a setting in another form": ("{}", {HOST.lower().replace("__", ":"): "00:02:00"}, None),
    "too short": (HOST_JSON.replace("01:30", "01:09"), {}, "visibilityTimeout in host.json must be at least .* 70 s"),
    "a setting that is too short": (HOST_JSON, {HOST: "00:00:05"}, f"{HOST} must be at least"),
    "no time": (HOST_JSON, {HOST: "soon"}, f"{HOST}: not a time span"),
    "nothing": ("{}", {}, "visibilityTimeout in host.json must be at least"),
    "no file": (None, {}, "visibilityTimeout in host.json must be at least"),
    "no JSON": ("{", {}, "visibilityTimeout in host.json must be at least"),
}


@pytest.mark.parametrize(("text", "more", "problem"), HOSTS.values(), ids=HOSTS)
def test_the_host_delivers_again_after_the_lease(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None, more: dict[str, str], problem: str | None
) -> None:
    """Otherwise a message would come back while its record is still leased. An app setting overrides host.json."""
    if text is not None:
        (tmp_path / "host.json").write_text(text)
    for name, value in more.items():
        monkeypatch.setenv(name, value)
    found = settings(monkeypatch, **ENOUGH)
    if problem is None:
        found.check_host(tmp_path)
        return
    with pytest.raises(ValueError, match=problem):
        found.check_host(tmp_path)
