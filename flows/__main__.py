"""`reelwright` and `python -m flows`."""

from __future__ import annotations


def main() -> None:
    """The command line."""
    from flows.cli.app import app

    app()


if __name__ == "__main__":
    main()
