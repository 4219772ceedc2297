"""`python -m racelab`: where `python3 lab.py ...` ends, once everything is installed."""

from .cli.commands import main

if __name__ == "__main__":
    main()
