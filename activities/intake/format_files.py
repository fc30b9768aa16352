"""Where the format files are. It doesn't read them. Pure, apart from listing two folders."""

from pathlib import Path

_BUILT_IN = Path(__file__).parent / "formats"
_APP = Path(__file__).parents[2]


def format_files(folder: Path | None = None) -> dict[str, Path]:
    """Return the file of each format by the format's name: those in `folder` first, then the built-in ones.

    A file in `folder` replaces the built-in one of the same name. A relative `folder` starts at the app's root.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    own = {} if folder is None else _files(_APP / folder)
    return own | {name: file for name, file in _files(_BUILT_IN).items() if name not in own}


def _files(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise FileNotFoundError(f"no such folder: {folder}")
    return {file.stem: file for file in sorted(folder.glob("*.toml"))}
