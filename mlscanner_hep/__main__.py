"""``python -m mlscanner_hep``."""

from mlscanner_hep.cli import main

if __name__ == "__main__":
    main()
