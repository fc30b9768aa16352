"""Changes what the SDK does with requests before they're sent, and with responses before they're read."""

from typing import Any

import httpx
from kiota_abstractions.request_information import RequestInformation
from msgraph.graph_request_adapter import GraphRequestAdapter


class Adapter(GraphRequestAdapter):
    """The SDK's adapter, except that it builds a request's URL only once, not each time it needs the URL."""

    async def send_primitive_async(
        self, request_info: RequestInformation, response_type: str, error_map: dict[str, type[Any]] | None
    ) -> Any:  # noqa: ANN401  as in the SDK
        """Send a request."""
        request_info.path_parameters["baseurl"] = self.base_url
        url = request_info.url
        # Setting a URL clears the parameters, which all of a builder's requests share, so this request gets its own.
        request_info.path_parameters, request_info.query_parameters = {}, {}
        request_info.url = url
        return await super().send_primitive_async(request_info, response_type, error_map)


async def drop_challenge(response: httpx.Response) -> None:
    """Remove the challenge from a 401. The SDK would read it, though it may be damaged, and send the request again.

    The answer to a 401 is a new token. Managed identities have no other answer to a challenge.
    """
    response.headers.pop("WWW-Authenticate", None)
