"""Names of requests to Graph and the identity endpoint, by method and path (storage: test_storage.py)."""

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
def test_graph(method: str, target: str, kind: str) -> None:
    """Each Graph operation has its name, however its path is encoded."""
    assert kinds.graph(method, target, {}) == kind


def test_token() -> None:
    """A request with the identity header is one for a token, whatever its path."""
    assert kinds.graph("GET", "/msi/token?resource=x", {"x-identity-header": "secret"}) == "token"


@pytest.mark.parametrize("classify", [kinds.table, kinds.queue, kinds.blob])
def test_service_requests_of_storage(classify: kinds.Classify) -> None:
    """What concerns no table, queue or blob is named by method and path."""
    target = "/devstoreaccount1/?restype=service&comp=properties"
    assert classify("GET", target, {}) == "other:GET:/devstoreaccount1/"
