"""The captures that there are: each scenario is a function that fills one."""

from datetime import datetime, timezone

START = datetime(2026, 1, 15, 10, 0, 0, tzinfo=timezone.utc)

SCENARIOS = {}


def scenario(name, shows, start=START, snap_length=65535, suffix=".pcap"):
    """Registers a function that fills a capture; `shows` is its line in README.md. The suffix .pcapng puts secrets into the file, .pcap
    into a key log beside it."""
    def register(function):
        SCENARIOS[name] = (shows, start, snap_length, suffix, function)
        return function
    return register
