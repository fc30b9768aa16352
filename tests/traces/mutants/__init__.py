"""Every rule that protects somebody, taken away one at a time, and the test that has to notice."""

from tests.traces.mutants.blame import BLAME
from tests.traces.mutants.cycles import CYCLES
from tests.traces.mutants.delivery import DELIVERY
from tests.traces.mutants.deployments import DEPLOYMENTS
from tests.traces.mutants.desires import DESIRES
from tests.traces.mutants.dropped import DROPPED
from tests.traces.mutants.forget import FORGET
from tests.traces.mutants.formats_moodle import FORMATS_MOODLE
from tests.traces.mutants.formats_vendors import FORMATS_VENDORS
from tests.traces.mutants.formats_xapi import FORMATS_XAPI
from tests.traces.mutants.graph_client import CLIENT
from tests.traces.mutants.graph_holds import HOLDS
from tests.traces.mutants.graph_responses import RESPONSES
from tests.traces.mutants.identity import IDENTITY
from tests.traces.mutants.identity_at_the_door import IDENTITY_AT_THE_DOOR
from tests.traces.mutants.intake import INTAKE
from tests.traces.mutants.kinds import KINDS
from tests.traces.mutants.letters import LETTERS
from tests.traces.mutants.lower_layers import LOWER_LAYERS
from tests.traces.mutants.merging import MERGING
from tests.traces.mutants.mutant import Mutant
from tests.traces.mutants.numbered import NUMBERED
from tests.traces.mutants.operators import OPERATORS
from tests.traces.mutants.others import OTHERS
from tests.traces.mutants.pace import PACE
from tests.traces.mutants.policy import POLICY
from tests.traces.mutants.publishing import PUBLISHING
from tests.traces.mutants.replaces import REPLACES
from tests.traces.mutants.restore import RESTORE
from tests.traces.mutants.settings import SETTINGS
from tests.traces.mutants.shadow import SHADOW
from tests.traces.mutants.storage import STORAGE
from tests.traces.mutants.storage_letters import STORAGE_LETTERS
from tests.traces.mutants.unexpected import UNEXPECTED
from tests.traces.mutants.unreadable import UNREADABLE
from tests.traces.mutants.values import VALUES
from tests.traces.mutants.webhook_checks import WEBHOOK_CHECKS
from tests.traces.mutants.webhook_senders import WEBHOOK_SENDERS
from tests.traces.mutants.webhooks import WEBHOOKS

__all__ = ["MUTANTS", "Mutant"]

_SYNC = NUMBERED + LETTERS + OTHERS + IDENTITY + REPLACES + KINDS + CYCLES + BLAME + POLICY + DESIRES + MERGING
_PRIVATE = SHADOW + FORGET + RESTORE
_AROUND = IDENTITY_AT_THE_DOOR + INTAKE + STORAGE + STORAGE_LETTERS + DELIVERY + LOWER_LAYERS + UNEXPECTED
_OUTSIDE = SETTINGS + UNREADABLE + PUBLISHING + VALUES + DROPPED + FORMATS_XAPI + FORMATS_MOODLE + FORMATS_VENDORS
_DOOR = WEBHOOKS + WEBHOOK_CHECKS + WEBHOOK_SENDERS
MUTANTS = _SYNC + _PRIVATE + RESPONSES + HOLDS + PACE + CLIENT + _AROUND + _OUTSIDE + _DOOR + OPERATORS + DEPLOYMENTS
