"""The entry point of `lms-sync`."""

from tools.operate import loading


def main() -> None:
    """Run the command line. Until the command begins, Ctrl-C ends it silently."""
    loading.begins()
    from tools.operate import cli  # noqa: PLC0415  loading takes a while

    cli.main()


if __name__ == "__main__":
    main()
