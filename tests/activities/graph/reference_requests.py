"""The two example requests for creating an activity in the Microsoft Graph reference."""

from typing import Any

PROVIDER = "01e8f81b-3060-4dec-acf0-0389665a0a38"
# Microsoft Graph v1.0 reference, "Create learningCourseActivity", examples 1 and 2. The keys are the files in
# `docs/examples` whose events lead to them. The external id is spelled as in Graph's metadata and the SDK, and
# `"completedDateTime": null` is left out.
REQUESTS: dict[str, dict[str, Any]] = {
    "assignment.json": {
        "@odata.type": "#microsoft.graph.learningAssignment",
        "assignedDateTime": "2021-05-11T22:57:17+00:00",
        "assignmentType": "required",
        "assignerUserId": "cea1684d-57dc-438d-a9d1-e666ec1a7f3d",
        "completionPercentage": 20,
        "dueDateTime": {"dateTime": "2022-09-22T16:05:00.0000000", "timeZone": "UTC"},
        "externalcourseActivityId": "12a2228a-e020-11ec-9d64-0242ac120002",
        "learningContentId": "57baf9dc-e020-11ec-9d64-0242ac120002",
        "learningProviderId": PROVIDER,
        "learnerUserId": "7ba2228a-e020-11ec-9d64-0242ac120002",
        "notes": {"contentType": "text", "content": "required assignment added for user"},
        "status": "notStarted",
    },
    "self-initiated.json": {
        "@odata.type": "#microsoft.graph.learningSelfInitiatedCourse",
        "completionPercentage": 20,
        "externalcourseActivityId": "12a2228a-e020-11ec-9d64-0242ac120002",
        "learningContentId": "57baf9dc-e020-11ec-9d64-0242ac120002",
        "learnerUserId": "7ba2228a-e020-11ec-9d64-0242ac120002",
        "startedDateTime": "2021-05-21T22:57:17+00:00",
        "status": "inProgress",
    },
}
