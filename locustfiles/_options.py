"""The command line of a load: options of its own, and better defaults for some of Locust's."""

from __future__ import annotations

from typing import Any

RUN_SECONDS = 10

DEFAULTS = {
    "host": "http://127.0.0.1:8000",
    "web_host": "127.0.0.1",  # Locust would listen on every interface
    "num_users": 24,
    "spawn_rate": 24.0,
    # Without it visitors are cut off in the middle of a request, and what they were told differs from what was done.
    "stop_timeout": 10,
}


def add_options(parser: Any, **_: Any) -> None:
    """Add the options; they are shown in Locust's web page as well."""
    parser.add_argument(
        "--variant",
        choices=["buggy", "fixed", "both"],
        default="both",
        help="Which session manager to visit; both: visitors by turns.",
    )
    parser.add_argument(
        "--expect",
        choices=["consistent", "inconsistent", "any"],
        default="consistent",
        help="What counts as success. consistent: no anomaly on any variant. inconsistent: this load's bug is seen on"
        " one at least. Otherwise the exit code is 3.",
    )
    parser.add_argument("--seed", type=int, default=1, help="The same seed gives each visitor the same choices.")
    parser.add_argument(
        "--keep-run", action="store_true", default=False, help="Do not begin a new run of the lab: sessions stay."
    )
    parser.set_defaults(**DEFAULTS)


def variants(options: Any) -> tuple[str, ...]:
    """The variants to visit."""
    return ("buggy", "fixed") if options.variant == "both" else (options.variant,)
