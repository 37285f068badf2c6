"""`python -m convexlint` is `convexlint`."""

from convexlint.cli.main import main

if __name__ == "__main__":
    main()
