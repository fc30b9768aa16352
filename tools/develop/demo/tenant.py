"""The local stack's simulated tenant: its learning provider, people and courses.

Some of the ids are from the examples in the Graph reference. The names are invented. The events in `docs/` use these
people and courses.
"""

from tools.develop.simulator import Content, Simulator, User
from tools.operate.people.accounts import Entry

PROVIDER = "01e8f81b-3060-4dec-acf0-0389665a0a38"
LEARNER = "7ba2228a-e020-11ec-9d64-0242ac120002"
MANAGER = "cea1684d-57dc-438d-a9d1-e666ec1a7f3d"
ALEX = "9d2c1f0e-6a51-4b7f-8f0a-2b1d3c4e5f60"
UNLICENSED = "5b6a7c8d-1e2f-4a3b-9c4d-0e1f2a3b4c5d"
ALEX_NAME = "alex.wilber@contoso.com"
FIRST_AID = "https://lms.contoso.com/courses/first-aid"
CANVAS = "VicYj3cu5BIFpoZhDVU4DZumnlBrWi1grgJEzADs"
# Most Canvas events name users by Canvas's own ids. The table of people maps these to users in Entra.
PEOPLE = [Entry(f"canvas:{CANVAS}", "42", "userPrincipalName", ALEX_NAME)]


def tenant(**config: object) -> Simulator:
    """Create the simulator with this tenant. The arguments are further fields of its `Config`."""
    return Simulator(**{"provider_id": PROVIDER} | config | _INHABITANTS)


def _user(object_id: str, name: str, employee_id: str | None = None) -> User:
    address = f"{name.lower().replace(' ', '.')}@contoso.com"
    return User(id=object_id, user_principal_name=address, mail=address, employee_id=employee_id, display_name=name)


_INHABITANTS: dict[str, object] = {
    "users": (
        _user(LEARNER, "Adele Vance", employee_id="00471"),
        _user(MANAGER, "Megan Bowen"),
        _user(ALEX, "Alex Wilber"),
        _user(UNLICENSED, "Lee Gu"),
    ),
    "contents": (
        Content(id="57baf9dc-e020-11ec-9d64-0242ac120002", external_id="DP-101", title="Data protection"),
        Content(id="6f1d2c3b-0a9e-4d8c-b7f6-5e4d3c2b1a09", external_id=FIRST_AID, title="First aid"),
        Content(id="7a2e3d4c-1b0f-4e9d-a8c7-6f5e4d3c2b1a", external_id="1001", title="Leading a team"),
        Content(id="8b3f4e5d-2c1a-4f0e-b9d8-7a6f5e4d3c2b", external_id="SAFETY-101", title="Safety on site"),
        Content(id="9c4a5f6e-3d2b-4a1f-8ae9-8b7a6f5e4d3c", external_id="PRESENTING", title="Presenting"),
    ),
    "unlicensed_learners": {UNLICENSED},  # Lee Gu
}
