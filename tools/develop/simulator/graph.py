"""Microsoft Graph's operations. A call leads to a response or a refusal."""

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from tools.develop.simulator import responses
from tools.develop.simulator.activities import Activities, Activity
from tools.develop.simulator.config import ROLES, Config, Content, Permission
from tools.develop.simulator.directory import BASIC, Directory, describe_user, parse_filter
from tools.develop.simulator.paths import check_external_id
from tools.develop.simulator.responses import Refusal, Response, bad_request, forbidden, invalid
from tools.develop.simulator.routes import Call
from tools.develop.simulator.schema import EXTERNAL_ID, Body, check_body
from tools.develop.simulator.throttle import Throttle
from tools.operate.doctor.permissions import PERMISSIONS as ROLE_IDS

_CONTEXT = "https://graph.microsoft.com/v1.0/$metadata#"


class Graph:
    """The tenant's Graph: activities, directory and catalogue, protected by permissions and a quota."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.activities = Activities()
        self.throttle = Throttle()
        self.directory = Directory(config)

    def handle(self, call: Call, query: str, text: str, content_type: str) -> Response:
        """Carry out a call. It takes effect at once.

        Raises:
            Refusal: Graph would refuse the call.

        """
        if call.operation == "unknown":
            raise responses.not_supported() if call.known_entity else bad_request("Resource not found for the segment.")
        if call.operation in {"find_user", "list_grants"}:
            return self._find_user(call, query) if call.operation == "find_user" else self._list_grants(call)
        self.throttle.accept(self.config)
        self._check_tenant(call)
        match call.operation:
            case "create":
                return self._create(call, _parse(text, content_type))
            case "update":
                return self._update(call, _parse(text, content_type))
            case "delete":
                return self._delete(call)
            case "find_content":
                return self._find_content(call)
            case _:
                return self._get(call)

    def learner_of(self, call: Call, body: Any) -> str | None:  # noqa: ANN401
        """Return the object id of the learner whose activity a call is about, or None if there's no activity."""
        if call.operation == "create":
            return str(body.get("learnerUserId")) if isinstance(body, dict) else None
        find = self.activities.existing if call.operation == "get_by_external_id" else self.activities.live.get
        activity = find(call.key or "")
        return None if activity is None else str(activity.body["learnerUserId"])

    def _check_tenant(self, call: Call) -> None:
        config = self.config
        if not config.service_plan:
            raise forbidden(responses.NO_SERVICE_PLAN)
        if not {"assignment", "selfInitiated"} & config.permissions and call.operation != "find_content":
            raise forbidden(responses.NO_SCOPE)
        foreign = call.provider is not None and call.provider != config.provider_id
        if foreign or not config.provider_registered:
            raise bad_request(responses.NOT_REGISTERED)
        if not config.sync_enabled and call.operation != "find_content":
            raise bad_request(responses.NOT_ENABLED)

    def _permit(self, permission: Permission) -> None:
        if permission not in self.config.permissions:
            raise forbidden(responses.NO_SCOPE)

    def _create(self, call: Call, body: Any) -> Response:  # noqa: ANN401
        kind, properties = check_body(body, update=False, max_lengths=self.config.max_lengths)
        self._permit(kind)
        check_external_id(properties.get(EXTERNAL_ID), self.config.slashes)
        self._check_parties(properties)
        provider = self.config.provider_id
        if properties.get("learningProviderId", provider) != call.provider:
            raise invalid("learningProviderId")
        sent = {name: value for name, value in properties.items() if value is not None}
        activity = self._existing(sent)
        if activity is None:
            activity = self.activities.create(kind, provider, sent, self.config.visible_after)
        else:
            self.activities.replace(activity, kind, sent)
        return Response(HTTPStatus.CREATED, self._describe(activity))

    def _existing(self, body: Body) -> Activity | None:
        """Find the activity that a create overwrites, if the configuration says so."""
        if EXTERNAL_ID not in body or self.config.duplicates == "duplicate":
            return None
        activity = self.activities.existing(body[EXTERNAL_ID])
        if activity is not None and self.config.duplicates == "conflict":
            raise responses.conflict()
        return activity

    def _check_parties(self, body: Body) -> None:
        config, learner = self.config, body["learnerUserId"]
        if config.strict_learners:
            for name in ("learnerUserId", "assignerUserId"):
                if body.get(name) is not None and self.directory.user(body[name]) is None:
                    raise invalid(name)
        if learner in config.unlicensed_learners:
            raise forbidden(responses.NO_LICENCE)
        content = self.directory.content(body["learningContentId"])
        if content is None and config.strict_contents:
            raise invalid("learningContentId")
        if content is not None and content.provider_id not in (None, config.provider_id):
            raise forbidden(responses.NOT_THE_PROVIDER)

    def _update(self, call: Call, body: Any) -> Response:  # noqa: ANN401
        kind, changes = check_body(body, update=True, max_lengths=self.config.max_lengths)
        activity = self._changeable(call)
        if kind != activity.kind:
            raise invalid("@odata.type")
        self.activities.update(activity, changes)
        return Response(HTTPStatus.NO_CONTENT)

    def _delete(self, call: Call) -> Response:
        self.activities.delete(self._changeable(call), self.config.visible_after)
        return Response(HTTPStatus.NO_CONTENT)

    def _changeable(self, call: Call) -> Activity:
        activity = self.activities.by_id(call.key or "")
        if activity is None or activity.deleted is not None:
            raise responses.not_found()
        self._permit(activity.kind)
        if activity.body["learnerUserId"] in self.config.unlicensed_learners and call.operation == "update":
            raise forbidden(responses.NO_LICENCE)
        return activity

    def _get(self, call: Call) -> Response:
        if call.operation == "get_by_external_id":
            check_external_id(call.key, self.config.slashes)
        find = self.activities.by_id if call.operation == "get" else self.activities.by_external_id
        activity = find(call.key or "")
        if activity is None:
            raise responses.not_found()
        self._permit(activity.kind)
        return Response(HTTPStatus.OK, self._describe(activity))

    def _describe(self, activity: Activity) -> Body:
        entity = f"learningProviders('{activity.provider_id}')/learningCourseActivities('{activity.id}')/$entity"
        properties = activity.as_json(reference_casing=self.config.reference_casing)
        return {"@odata.context": _CONTEXT + entity, **properties}

    def _find_content(self, call: Call) -> Response:
        self._permit("content")
        content = self._content(call)
        if content is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "notFound", "The requested learning content doesn't exist.")
        body = {"id": content.id, "externalId": content.external_id, "title": content.title}
        return Response(HTTPStatus.OK, {"@odata.context": f"{_CONTEXT}learningContents/$entity", **body})

    def _content(self, call: Call) -> Content | None:
        key, provider = call.key or "", call.provider or ""
        content = self.directory.content_by_external_id(key, provider)
        if content is None and self.config.slashes == "any":
            return self.directory.content_by_external_id(key.replace("%2F", "/"), provider)
        return content

    def _find_user(self, call: Call, query: str) -> Response:
        options = {name.lstrip("$"): values[0] for name, values in parse_qs(query).items()}
        terms = None if call.key is not None else parse_filter(options.get("filter", ""))
        details = terms is not None and any(name not in BASIC for name, _ in terms)
        if not ({"userDetails"} if details else {"user", "userDetails"}) & self.config.permissions:
            message = "Insufficient privileges to complete the operation."
            raise Refusal(HTTPStatus.FORBIDDEN, "Authorization_RequestDenied", message)
        select = options.get("select")
        if terms is not None:
            found = [describe_user(user, select) for user in self.directory.users(terms)]
            return Response(HTTPStatus.OK, {"@odata.context": f"{_CONTEXT}users", "value": found})
        user = self.directory.user(call.key or "")
        if user is None:
            raise _absent(call.key or "")
        return Response(HTTPStatus.OK, {"@odata.context": f"{_CONTEXT}users/$entity", **describe_user(user, select)})

    def _list_grants(self, call: Call) -> Response:
        if call.key != self.config.identity_id:
            raise _absent(call.key or "")
        granted = [{"appRoleId": ROLE_IDS[ROLES[permission]]} for permission in sorted(self.config.permissions)]
        return Response(HTTPStatus.OK, {"value": granted})


def _absent(key: str) -> Refusal:
    message = f"Resource '{key}' does not exist or one of its queried reference-property objects are not present."
    return Refusal(HTTPStatus.NOT_FOUND, "Request_ResourceNotFound", message)


def _parse(text: str, content_type: str) -> Any:  # noqa: ANN401
    """Read a body. Graph accepts only JSON."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise bad_request("Write requests must have a JSON Content-Type header.")
    try:
        return json.loads(text)
    except ValueError:
        raise bad_request(
            "Unable to read JSON request payload. "
            "Please ensure Content-Type header is set and payload is of valid JSON format.",
        ) from None
