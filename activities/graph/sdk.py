"""What the SDK would do otherwise: with requests before they are sent, and with responses before they are read."""

from typing import Any

import httpx
from kiota_abstractions.request_information import RequestInformation
from msgraph.graph_request_adapter import GraphRequestAdapter


class Adapter(GraphRequestAdapter):
    """The SDK's adapter. It builds the URL of a request once, and not each time that it needs it."""

    async def send_primitive_async(
        self, request_info: RequestInformation, response_type: str, error_map: dict[str, type[Any]] | None
    ) -> Any:  # noqa: ANN401  as the SDK
        """Send a request."""
        request_info.path_parameters["baseurl"] = self.base_url
        url = request_info.url
        # Setting a URL clears the parameters, which all requests of a builder share.
        request_info.path_parameters, request_info.query_parameters = {}, {}
        request_info.url = url
        return await super().send_primitive_async(request_info, response_type, error_map)


async def drop_challenge(response: httpx.Response) -> None:
    """Take a 401 as it is: the SDK would read the challenge in it, which may be damaged, and send the request again.

    The answer to a 401 is a new token. Managed identities have no other answer to a challenge.
    """
    response.headers.pop("WWW-Authenticate", None)
