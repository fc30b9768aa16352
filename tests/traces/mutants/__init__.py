"""Every rule of the sync, taken away one at a time, and the test that must notice."""

from tests.traces.mutants.blame import BLAME
from tests.traces.mutants.cycles import CYCLES
from tests.traces.mutants.identity import IDENTITY
from tests.traces.mutants.kinds import KINDS
from tests.traces.mutants.letters import LETTERS
from tests.traces.mutants.mutant import Mutant
from tests.traces.mutants.numbered import NUMBERED
from tests.traces.mutants.others import OTHERS
from tests.traces.mutants.replaces import REPLACES

__all__ = ["MUTANTS", "Mutant"]

MUTANTS = NUMBERED + LETTERS + OTHERS + IDENTITY + REPLACES + KINDS + CYCLES + BLAME
