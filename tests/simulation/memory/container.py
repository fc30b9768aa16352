"""A blob container of Azure Storage in memory."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.simulation.memory.refusals import refusal
from tests.simulation.memory.sdk import TRIES, Client
from tests.simulation.memory.wire import Wire

_WRITTEN = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob, as a listing shows it and as a download returns it."""

    name: str
    content: bytes
    etag: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    last_modified: datetime = _WRITTEN

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self.content)

    @property
    def properties(self) -> "Blob":
        """The properties that come with a download."""
        return self

    async def readall(self) -> bytes:
        """Return the content."""
        return self.content


class Container:
    """The blobs of a container."""

    def __init__(self) -> None:
        self.blobs: dict[str, Blob] = {}
        self.exists = True
        self._writes = 0

    def get(self, name: str, etag: str | None = None) -> Blob:
        """Return a blob. If an ETag is given, the blob must have it."""
        if not self.exists:
            raise refusal(404, "ContainerNotFound")
        if name not in self.blobs:
            raise refusal(404, "BlobNotFound")
        if etag not in (None, self.blobs[name].etag):
            raise refusal(412, "ConditionNotMet")
        return self.blobs[name]

    def put(self, name: str, content: bytes, metadata: Mapping[str, str]) -> None:
        """Write a blob. It replaces one with the same name."""
        if not self.exists:
            raise refusal(404, "ContainerNotFound")
        self._writes += 1
        self.blobs[name] = Blob(name, content, f'"{self._writes}"', dict(metadata))

    def delete(self, name: str, etag: str | None = None) -> None:
        """Delete a blob. If an ETag is given, the blob must have it."""
        self.get(name, etag)
        del self.blobs[name]


class MemoryContainer(Client):
    """The part of `ContainerClient` that the app uses."""

    def __init__(self, container: Container, wire: Wire) -> None:
        super().__init__(wire)
        self._container = container

    def get_blob_client(self, name: str) -> "MemoryBlob":
        """Return a client for one blob."""
        return MemoryBlob(self, name)

    async def upload_blob(
        self,
        name: str,
        data: str | bytes,
        *,
        metadata: Mapping[str, str] | None = None,
        retry_total: int = TRIES - 1,
        **_: object,
    ) -> None:
        """Write a blob. It replaces one with the same name."""
        content = data.encode() if isinstance(data, str) else data
        await self._send(
            "blob:put", lambda: self._container.put(name, content, metadata or {}), name, tries=retry_total + 1
        )

    async def download_blob(self, name: str, *, etag: str | None = None, **_: object) -> Blob:
        """Return a blob."""
        return await self._send("blob:get", lambda: self._container.get(name, etag), name)

    async def delete_blob(self, name: str, *, etag: str | None = None, **_: object) -> None:
        """Delete a blob."""
        await self._send("blob:delete", lambda: self._container.delete(name, etag), name)

    def list_blobs(self, beginning: str | None = None, **_: object) -> "_Listing":
        """List the blobs whose names start like this."""
        return _Listing(self, beginning or "")

    async def listed(self, beginning: str) -> list[Blob]:
        """Return the blobs of a listing."""
        return await self._send(
            "blob:list", lambda: [blob for name, blob in self._container.blobs.items() if name.startswith(beginning)]
        )


@dataclass(frozen=True, slots=True)
class MemoryBlob:
    """The part of `BlobClient` that the app uses."""

    _client: MemoryContainer
    _name: str

    async def get_blob_properties(self) -> Blob:
        """Return the properties of the blob."""
        return await self._client.download_blob(self._name)

    async def delete_blob(self, *, etag: str, **_: object) -> None:
        """Delete the blob, if it hasn't changed."""
        await self._client.delete_blob(self._name, etag=etag)


@dataclass(frozen=True, slots=True)
class _Listing:
    client: MemoryContainer
    beginning: str

    async def by_page(self) -> AsyncIterator[AsyncIterator[Blob]]:
        """Return the only page."""
        yield self._page()

    async def _page(self) -> AsyncIterator[Blob]:
        for blob in await self.client.listed(self.beginning):
            yield blob
