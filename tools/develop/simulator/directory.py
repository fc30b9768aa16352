"""The Entra directory and the course catalogue."""

import re
from collections import defaultdict
from collections.abc import Iterable

from tools.develop.simulator.config import Config, Content, User
from tools.develop.simulator.responses import bad_request

_PROPERTY = re.compile(r"(id|userPrincipalName|mail|employeeId) eq '((?:[^']|'')*)'")
_ANY = re.compile(r"(proxyAddresses)/any\((\w+):\s?\2 eq '((?:[^']|'')*)'\)")
BASIC = frozenset({"id", "userPrincipalName", "mail"})
"""The properties that User.ReadBasic.All lets the app filter by."""


def parse_filter(text: str) -> list[tuple[str, str]]:
    """Read a `$filter` of equalities joined by `or`, as pairs of property and value.

    Raises:
        Refusal: 400, it's anything else.

    """
    terms, rest = [], text.strip()
    while True:
        found = _PROPERTY.match(rest) or _ANY.match(rest)
        if found is None:
            raise bad_request(f"Invalid filter clause: {text}")
        terms.append((found[1], found[found.re.groups].replace("''", "'")))
        rest = rest[found.end() :].strip()
        if not rest:
            return terms
        if not rest.startswith("or "):
            raise bad_request(f"Invalid filter clause: {text}")
        rest = rest[3:].strip()


def _keys(user: User) -> Iterable[tuple[str, str]]:
    yield "id", user.id
    yield "userPrincipalName", user.user_principal_name
    if user.mail:
        yield "mail", user.mail
    if user.employee_id:
        yield "employeeId", user.employee_id
    for address in user.proxy_addresses:
        yield "proxyAddresses", address


class Directory:
    """People and courses by each of their keys. The index is rebuilt when the configuration changes."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._users_seen: tuple[User, ...] = ()
        self._contents_seen: tuple[Content, ...] = ()
        self._users: dict[tuple[str, str], list[User]] = {}
        self._contents: dict[tuple[str, str], Content] = {}

    def users(self, terms: Iterable[tuple[str, str]]) -> list[User]:
        """Find all users that match at least one term, ignoring case."""
        if self._users_seen is not self._config.users:
            self._users_seen = self._config.users
            index = defaultdict(list)
            for user in self._users_seen:
                for name, value in _keys(user):
                    index[name, value.lower()].append(user)
            self._users = dict(index)
        found = {user.id: user for name, value in terms for user in self._users.get((name, value.lower()), ())}
        return list(found.values())

    def user(self, key: str) -> User | None:
        """Find a user by object id or user principal name."""
        return next(iter(self.users([("id", key), ("userPrincipalName", key)])), None)

    def content(self, identifier: str) -> Content | None:
        """Find a course by its id."""
        return self._content("id", identifier)

    def content_by_external_id(self, external_id: str, provider_id: str) -> Content | None:
        """Find a provider's course by the provider's own key."""
        return self._content(f"externalId of {provider_id}", external_id)

    def _content(self, name: str, value: str) -> Content | None:
        if self._contents_seen is not self._config.contents:
            self._contents_seen = self._config.contents
            self._contents = {}
            for content in self._contents_seen:
                owner = content.provider_id or self._config.provider_id
                self._contents["id", content.id] = content
                self._contents[f"externalId of {owner}", content.external_id] = content
        return self._contents.get((name, value))


def describe_user(user: User, select: str | None) -> dict[str, object]:
    """Return a user as Graph does, with the properties in `$select` or with Graph's default ones."""
    everything: dict[str, object] = {
        "id": user.id,
        "userPrincipalName": user.user_principal_name,
        "mail": user.mail,
        "displayName": user.display_name,
    }
    if not select:
        return everything
    everything |= {"employeeId": user.employee_id, "proxyAddresses": list(user.proxy_addresses)}
    selected = {name.strip().lower() for name in select.split(",")}
    return {name: value for name, value in everything.items() if name.lower() in selected}
