"""What the SDK would do otherwise with responses, before they are read."""

import httpx


async def drop_challenge(response: httpx.Response) -> None:
    """Take a 401 as it is: the SDK would read the challenge in it, which may be damaged, and send the request again.

    The answer to a 401 is a new token. Managed identities have no other answer to a challenge.
    """
    response.headers.pop("WWW-Authenticate", None)
