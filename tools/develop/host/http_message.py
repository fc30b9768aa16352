"""HTTP requests and responses in the form in which the Functions host and the worker exchange them.

Follows GrpcMessageConversionExtensions.ToRpcHttp in Azure/azure-functions-host.
"""

import json
from collections.abc import Iterable, Mapping

from aiohttp import web

from tools.develop.host.rpc import RpcHttp, TypedData


class MalformedError(ValueError):
    """The request line or a header isn't UTF-8."""


def to_rpc(request: web.Request, parameters: Mapping[str, str], body: bytes) -> tuple[TypedData, dict[str, TypedData]]:
    """Return the request and the trigger metadata for the worker.

    Args:
        request: the request as received.
        parameters: the values of the route's parameters.
        body: the bytes as sent. Empty if the request didn't give their length.

    Raises:
        MalformedError: the Functions host would refuse the request.
    """
    url = f"{request.scheme}://{request.host}{request.path_qs}"
    headers = {name.lower(): value for name, value in _joined(request.headers.items()).items()}
    query = {name: value for name, value in _joined(request.query.items()).items() if value}
    try:
        "".join((url, *headers, *headers.values(), *query, *query.values())).encode()
    except UnicodeEncodeError:
        raise MalformedError from None
    http = RpcHttp(
        method=request.method,
        url=url,
        headers=headers,
        query=query,
        params=dict(parameters),
        body=TypedData(bytes=body) if body else TypedData(),
    )
    metadata = {name: TypedData(string=value) for name, value in (query | http.params).items()}
    sections = {"Headers": headers, "Query": query}
    return TypedData(http=http), metadata | {k: TypedData(json=json.dumps(v)) for k, v in sections.items()}


def from_rpc(value: TypedData) -> web.Response:
    """Build the response from what the function returned: a `func.HttpResponse` or text. Cookies aren't supported."""
    if value.WhichOneof("data") == "string":
        return web.Response(text=value.string)
    http = value.http
    return web.Response(status=int(http.status_code), headers=http.headers, body=http.body.bytes)


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Join each name's values with commas, like .NET's StringValues. Case is ignored, and the first spelling kept."""
    names: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(names.setdefault(name.lower(), name), []).append(value)
    return {name: ",".join(several) for name, several in values.items()}
