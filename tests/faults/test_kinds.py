"""The kinds of requests. Those of storage are tested with its clients in `test_proxied_storage.py`."""

import pytest

from tests.faults import kinds

PROVIDER = "/v1.0/employeeExperience/learningProviders/13727311-e7bb-470d-8b20-6a23d9030d70"
ACTIVITIES = "/v1.0/employeeExperience/learningCourseActivities"


@pytest.mark.parametrize(
    ("method", "target", "kind"),
    [
        ("POST", f"{PROVIDER}/learningCourseActivities", "graph:create"),
        ("PATCH", f"{PROVIDER}/learningCourseActivities/7ba:2228a", "graph:update"),
        ("DELETE", f"{PROVIDER}/learningCourseActivities/7ba%3A2228a", "graph:delete"),
        ("GET", f"{ACTIVITIES}/7ba:2228a", "graph:get"),
        (
            "GET",
            f"{PROVIDER}/learningCourseActivities(externalcourseActivityId='a%2Fb%20c')",
            "graph:get_by_external_id",
        ),
        ("GET", f"{ACTIVITIES}%28externalcourseActivityId%3D%27x%27%29", "graph:get_by_external_id"),
        ("GET", f"{PROVIDER}/learningContents(externalId='LMS-1')", "graph:find_content"),
        ("GET", "/v1.0/users/ann%40contoso.com?$select=id", "graph:find_user"),
        ("GET", "/v1.0/users?$filter=employeeId+eq+'7'&$select=id", "graph:find_user"),
        ("GET", "/beta/users/ann", "graph:find_user"),
        ("POST", "/v1.0/$batch", "graph:batch"),
        ("GET", "/v1.0/groups/x", "other:GET:/v1.0/groups/x"),
        ("GET", "/", "other:GET:/"),
    ],
)
def test_requests_to_graph(method: str, target: str, kind: str) -> None:
    """Each operation has a name, however its path is encoded."""
    assert kinds.graph(method, target, {}) == kind


def test_token_requests() -> None:
    """A request with the identity header is a token request, whatever its path is."""
    assert kinds.graph("GET", "/msi/token?resource=x", {"x-identity-header": "secret"}) == "token"


@pytest.mark.parametrize("classify", [kinds.table, kinds.queue, kinds.blob])
def test_other_requests_to_storage(classify: kinds.Classify) -> None:
    """A request that isn't about a table, queue or blob is named by its method and path."""
    target = "/devstoreaccount1/?restype=service&comp=properties"
    assert classify("GET", target, {}) == "other:GET:/devstoreaccount1/"
