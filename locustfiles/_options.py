"""The command line of a load: options of its own, and better defaults for some of Locust's."""

from __future__ import annotations

from typing import Any

RUN_SECONDS = 10

DEFAULTS = {
    "host": "http://127.0.0.1:8000",
    "web_host": "127.0.0.1",  # Locust's default is every interface
    "num_users": 24,
    "spawn_rate": 24.0,
    # Without it users are cut off during a request, and their ledger then differs from the server's.
    "stop_timeout": 10,
    # Locust's default is for ever, and the load has its dials turned up meanwhile.
    "expect_workers_max_wait": 60,
}


def add_options(parser: Any, **_: Any) -> None:
    """Add the options; they are shown in Locust's web page as well."""
    parser.add_argument(
        "--variant",
        metavar="NAME",
        default="both",
        help="The session manager under load: buggy, fixed, or another one of the lab. both: all that the lab has, and"
        " users alternate.",
    )
    parser.add_argument(
        "--expect",
        choices=["usual", "fixed", "consistent", "inconsistent", "any"],
        default="usual",
        help="The expected result. fixed: no anomaly on any ...fixed; the others may have any. consistent: none at all."
        " inconsistent: its bug on at least one. usual: fixed for the mixed load, consistent for the others. Another"
        " result is exit code 3.",
    )
    parser.add_argument(
        "--also",
        metavar="URL",
        action="append",
        default=[],
        include_in_web_ui=False,
        help="A further server that shares the store of --host, such as http://10.0.0.2:8000; may be repeated. Users"
        " take the servers in turns for each request, and all have one verdict.",
    )
    parser.add_argument("--seed", type=int, default=1, help="The same seed gives each user the same choices.")
    parser.add_argument(
        "--keep-run", action="store_true", default=False, help="Do not start a new run of the lab: sessions stay."
    )
    parser.add_argument(
        "--progress",
        action="store_true",
        default=False,
        include_in_web_ui=False,
        help="Show on stderr how far a headless load is.",
    )
    parser.add_argument("--verdict-json", metavar="FILE", default="", help="Write the verdict to FILE, as JSON.")
    parser.add_argument("--verdict-junit", metavar="FILE", default="", help="Write it as JUnit XML, for a CI server.")
    parser.set_defaults(**DEFAULTS)


def also(options: Any) -> list[str]:
    """The further servers, as addresses to which a path is added."""
    return [url.rstrip("/") for url in options.also or ()]


def variants(options: Any) -> tuple[str, ...]:
    """The managers under load, which the process that began the run has found out; none if it could not."""
    return tuple(getattr(options, "managers", ()))
