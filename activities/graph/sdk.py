"""What the SDK would do otherwise: with requests before they are sent, and with responses before they are read."""

import httpx
from kiota_abstractions.request_information import RequestInformation


def fix_url(request: RequestInformation, base: str) -> None:
    """Build the URL of a request once: from its template, the SDK would do so each time that it needs it."""
    request.path_parameters["baseurl"] = base
    url = request.url
    # Setting a URL clears the parameters, which all requests of a builder share.
    request.path_parameters, request.query_parameters = {}, {}
    request.url = url


async def drop_challenge(response: httpx.Response) -> None:
    """Take a 401 as it is: the SDK would read the challenge in it, which may be damaged, and send the request again.

    The answer to a 401 is a new token. Managed identities have no other answer to a challenge.
    """
    response.headers.pop("WWW-Authenticate", None)
