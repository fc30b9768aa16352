"""Run the simulation: many seeds, or one with its trace.

python -m tests.simulation --seeds 0:10000 --jobs 2 --resume simulation.json
python -m tests.simulation --seed 123
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from tests.simulation.run import simulate
from tests.simulation.runs import Progress, progress_in, quietly, run_all

CONSOLE = Console(highlight=False, markup=False, soft_wrap=True)


def main() -> int:
    """Run the seeds that the arguments name. Return 1 if one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="0:1000", help="a range such as 0:1000, or a number of seeds")
    parser.add_argument("--seed", type=int, help="run this seed only, and print what happens")
    parser.add_argument("--processes", type=int, choices=range(1, 5), help="the number of processes that the app has")
    parser.add_argument("--jobs", type=int, default=1, help="the number of cores to use")
    parser.add_argument("--resume", type=Path, help="a file for the progress, from which a later run continues")
    arguments = parser.parse_args()
    quietly()
    if arguments.seed is not None:
        return _trace(arguments.seed, arguments.processes)
    first, _, last = arguments.seeds.rpartition(":")
    progress = progress_in(arguments.resume, int(first or 0), int(last))
    run_all(
        progress,
        jobs=arguments.jobs,
        processes=arguments.processes,
        told=lambda progress: _tell(progress, arguments.resume),
    )
    CONSOLE.print(f"\r{progress.line()}")
    for seed, wrong in progress.failed.items():
        CONSOLE.print(f"\nseed {seed}: {wrong}")
    if progress.failed:
        CONSOLE.print(f"\nSee what happened: python -m tests.simulation --seed {next(iter(progress.failed))}")
    return 1 if progress.failed else 0


def _tell(progress: Progress, path: Path | None) -> None:
    if path is not None:
        progress.save(path)
    if CONSOLE.is_terminal:
        CONSOLE.print(f"\r{progress.line()}", end="")


def _trace(seed: int, processes: int | None) -> int:
    result = simulate(seed, processes=processes, traced=True)
    CONSOLE.print("\n".join(result.told))
    CONSOLE.print(f"\nseed {seed}: {result.wrong or 'nothing is wrong'}")
    return 1 if result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
