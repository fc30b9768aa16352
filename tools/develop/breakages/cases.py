"""The twelve breakages, and a thirteenth if libfaketime is installed: what breaks, what finds it, and the repair."""

from tools.develop.breakages.breakage import Breakage
from tools.develop.breakages.of_directory import in_the_directory
from tools.develop.breakages.of_graph import in_graph
from tools.develop.breakages.of_machines import of_the_machine
from tools.develop.breakages.of_senders import at_the_lms
from tools.develop.breakages.of_storage import in_storage


def breakages() -> list[Breakage]:
    """Return the breakages in order."""
    return [*in_storage(), *at_the_lms(), *in_the_directory(), *in_graph(), *of_the_machine()]
