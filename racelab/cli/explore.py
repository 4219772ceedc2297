"""The commands of the explorer on one scenario: `explore` and `replay`."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ..bugs import ExitCode
from ..home import COMMAND
from .names import near
from .options import Number

if TYPE_CHECKING:
    from ..explorer.programs.scenario import Scenario
    from ..explorer.search.findings import Findings, Witness

EXIT_CODES = {"none": ExitCode.AS_EXPECTED, "found": ExitCode.NOT_AS_EXPECTED, "cannot tell": ExitCode.CANNOT_TELL}
QUIET_FOR = 1.0


variant_option = click.option(
    "--variant", default="buggy", show_default=True, metavar="NAME", help="buggy, fixed, or one of the fixes."
)
repeat_option = click.option(
    "--repeat", type=click.IntRange(1, 4), default=1, show_default=True, metavar="N", help="Each operation N times."
)
without_option = click.option(
    "--without", default="", metavar="NAMES", help="Omit operations: \"A2 B1\" are A's second and B's first."
)


def _scenario(name: str, repeat: int, without: str) -> Scenario:
    from ..explorer.programs.scenarios import SCENARIOS

    if name not in SCENARIOS:
        raise _unknown("scenario", name, SCENARIOS, _scenario_list())
    scenario = SCENARIOS[name].repeated(repeat)
    dropped = without.replace(",", " ").upper().split()
    operations = scenario.operations()
    if unknown := [word for word in dropped if word not in operations]:
        raise click.UsageError(
            f"There is no operation {', '.join(unknown)} to omit. Choose from: {', '.join(operations)}."
        )
    if not set(operations) - set(dropped):
        raise click.UsageError("This omits every operation. Keep at least one.")
    return scenario.without(dropped)


def _scenario_list() -> str:
    from ..explorer.programs.scenarios import SCENARIOS

    return "\n".join(f"  {scenario.name:22} {scenario.title}" for scenario in SCENARIOS.values())


def _variant(name: str) -> str:
    from ..catalogue.variants import VARIANTS

    if name not in VARIANTS:
        raise _unknown("variant", name, VARIANTS, _variant_list())
    return name


def _unknown(what: str, name: str, names: Iterable[str], choice: str) -> click.UsageError:
    """The error for an unknown name, with the nearest known one."""
    from ..catalogue.variants import VARIANTS

    if what == "scenario" and name in VARIANTS:
        return click.UsageError(f"{name!r} is a variant. Name a scenario first: lost-increment --variant {name}")
    hint = near(name, names)
    hint += " To explore your own manager, use Python: see docs/3-fix.md." if what == "variant" else ""
    return click.UsageError(f"There is no {what} {name!r}.{hint} Choose from:\n{choice}")


def _variant_list() -> str:
    from session_manager.fixes import CATALOGUE

    from ..catalogue.variants import VARIANTS

    titles = {"buggy": "the port of the Rust original", "fixed": "the reference"}
    titles |= {fix.name: f"{fix.title} ({fix.bug.replace('_', ' ')})" for fix in CATALOGUE.values()}
    return "\n".join(f"  {name:26} {titles[name]}" for name in VARIANTS)


def _tell_what_there_is() -> None:
    """List the names.

    Raises:
        click.UsageError: options were given without a scenario.
    """
    context = click.get_current_context()
    given = [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if given:
        raise click.UsageError("Options need the name of a scenario. Without options, the command lists all names.")
    click.echo(f"Scenarios:\n{_scenario_list()}\n\nVariants:\n{_variant_list()}\n")
    click.echo(f"Start with: {COMMAND} explore lost-increment")


@click.command(short_help="Explore every interleaving of a small program.")
@click.argument("scenario", required=False)
@variant_option
@click.option("--bound", type=click.IntRange(0), metavar="N", help="Only schedules with at most N preemptions.")
@click.option(
    "--policy",
    type=click.Choice(["all", "full", "random", "pct"]),
    default="all",
    show_default=True,
    help="all: every schedule, equivalent ones once; full: every one; random and pct: --executions of them.",
)
@click.option("--seed", type=int, metavar="N", help="For random and pct. [default: 1]")
@click.option("--executions", type=click.IntRange(1), metavar="N", help="For random and pct. [default: 1000]")
@repeat_option
@without_option
@click.option("--seconds", type=Number(0.01, 86_400), default=60, show_default=True, metavar="N", help="Time limit.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def explore(
    scenario: str | None,
    variant: str,
    bound: int | None,
    policy: str,
    seed: int | None,
    executions: int | None,
    repeat: int,
    without: str,
    seconds: float,
    as_json: bool,
) -> None:
    """Explore every interleaving of a small program. Without a SCENARIO: list scenarios and variants.

    Prints the number of schedules, how many of them end in an anomaly, and the smallest of those step by step.

    Exit codes: 0 every schedule (with --bound: every one within it) was covered without an anomaly, 3 an anomaly was
    found, 4 cannot tell.
    """
    from ..explorer import explore as run

    if scenario is None:
        _tell_what_there_is()
        return
    what = _scenario(scenario, repeat, without)
    decides = _policy(policy, bound, seed, executions)
    findings = run(what, _variant(variant), decides, seconds=seconds, progress=_progress("schedules run"))
    if as_json:
        click.echo(json.dumps(_findings_as_json(findings), indent=1))
    else:
        click.echo("\n".join([_told(findings), "", *_smallest(findings, Options(repeat, without))]).rstrip())
    sys.exit(EXIT_CODES[findings.verdict])


@dataclass(frozen=True, slots=True)
class Options:
    """The options that a command to replay a witness repeats."""

    repeat: int
    without: str

    def command(self, findings: Findings, witness: Witness, dropped: tuple[str, ...]) -> str:
        """The command that replays a witness."""
        words = [
            f"{COMMAND} replay",
            findings.scenario.name,
            f'"{witness.schedule}"',
            "--variant",
            findings.variant,
        ]
        words += ["--repeat", str(self.repeat)] if self.repeat > 1 else []
        left_out = " ".join(filter(None, [self.without, *dropped]))
        return " ".join([*words, *(["--without", f'"{left_out}"'] if left_out else [])])


def _policy(name: str, bound: int | None, seed: int | None, executions: int | None) -> Any:
    from ..explorer.search.policies import PCT, DepthFirst, RandomWalk

    if name in ("all", "full"):
        if seed is not None or executions is not None:
            raise click.UsageError("--seed and --executions belong to the sampling policies: random and pct.")
        return DepthFirst(bound, reduce=name == "all")
    if bound is not None:
        raise click.UsageError("--bound belongs to the exhaustive policies: all and full.")
    tries = {"random": RandomWalk, "pct": PCT}[name]
    return tries(1 if seed is None else seed, executions or 1000)


def _progress(what: str) -> Callable[[int], None]:
    """Print the progress on a terminal, after `QUIET_FOR` seconds."""
    begun = time.monotonic()

    def tell(number: int) -> None:
        if sys.stderr.isatty() and time.monotonic() - begun > QUIET_FOR:
            click.echo(f"\r{number:,} {what} ...", err=True, nl=False)

    return tell


def _told(findings: Findings) -> str:
    from ..explorer.traces.explanation import plural

    lines = [f"{findings.scenario.name} on {findings.variant}: {findings.scenario.title}", ""]
    within = f" with at most {plural(findings.bound, 'preemption')}" if findings.bound is not None else ""
    wrong = f"{findings.losing:,} of them {'ends' if findings.losing == 1 else 'end'} in an anomaly"
    time_taken = f"in {findings.seconds:.2f} s"
    if not findings.exhausted:
        many = plural(findings.schedules, "execution")
        lines.append(f"{many} {time_taken}, {wrong}. There may be other schedules.")
    elif findings.executions < findings.schedules:
        same = "the others lead through the same states"
        lines.append(f"{plural(findings.schedules, 'schedule')}{within}, {wrong}.")
        lines.append(f"{findings.executions:,} had to be run, {time_taken}; {same}.")
    else:
        lines.append(f"{plural(findings.schedules, 'schedule')}{within}, all of them run {time_taken}; {wrong}.")
    if findings.unsure:
        before = "The other schedules: cannot tell" if findings.witnesses else "Cannot tell"
        lines.append(f"{before}: {findings.unsure}")
    lines += [f"  {name}: {found.schedule}" for name, found in sorted(findings.witnesses.items())]
    if findings.verdict == "none":
        lines.append(f"Exhausted: no schedule{within} ends in an anomaly.")
    elif findings.verdict == "cannot tell" and not findings.unsure:
        lines.append("No anomaly was found, but not every schedule was covered: this proves nothing.")
    return "\n".join(lines)


def _smallest(findings: Findings, options: Options) -> list[str]:
    """The smallest schedule, also of fewer operations, step by step."""
    from ..explorer import minimise, parse
    from ..explorer import replay as run
    from ..explorer.traces.explanation import plural, text

    witness = findings.witness
    dropped: tuple[str, ...] = ()
    if witness is None:
        return []
    if options.repeat > 1 or not findings.exhausted:
        dropped, witness = minimise(findings.scenario, findings.variant, witness.ending.names[0], witness)
    left_out = "".join(f" {name}" for name in dropped)
    size = f"{plural(witness.preemptions, 'preemption')}, {plural(witness.steps, 'step')}"
    size += f", without{left_out}" if dropped else ""
    return [
        f"The smallest: {witness.schedule} ({size})",
        "",
        text(run(findings.scenario.without(dropped), findings.variant, parse(witness.schedule)), _columns()),
        "",
        f"Replay it: {options.command(findings, witness, dropped)}",
    ]


def _columns() -> int | None:
    """The width of the terminal; None if the output is not a terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _findings_as_json(findings: Findings) -> dict[str, Any]:
    return {
        "scenario": findings.scenario.name,
        "variant": findings.variant,
        "verdict": findings.verdict,
        "exhausted": findings.exhausted,
        "bound": findings.bound,
        "schedules": findings.schedules,
        "losing": findings.losing,
        "executions": findings.executions,
        "seconds": round(findings.seconds, 4),
        "unsure": findings.unsure or None,
        "witnesses": {
            name: {
                "schedule": found.schedule,
                "preemptions": found.preemptions,
                "steps": found.steps,
                "anomalies": [anomaly.sentence for anomaly in found.ending.anomalies],
            }
            for name, found in sorted(findings.witnesses.items())
        },
    }


@click.command(short_help="Run one schedule and show every step.")
@click.argument("scenario", required=False)
@click.argument("schedule", nargs=-1)
@variant_option
@repeat_option
@without_option
def replay(scenario: str | None, schedule: tuple[str, ...], variant: str, repeat: int, without: str) -> None:
    """Run one schedule of a SCENARIO and show every step. Without a SCENARIO: list scenarios and variants.

    A SCHEDULE reads like "A1 B2 A1": A one step, B two, A one.
    After its end each task continues as long as it can. Exit codes: 0 no anomaly at the end, 2 the schedule cannot be
    followed, 3 an anomaly, 4 cannot tell.
    """
    from ..explorer import replay as run
    from ..explorer.kernel.schedule import BadSchedule, parse
    from ..explorer.traces.explanation import text

    if scenario is None:
        _tell_what_there_is()
        return
    what = _scenario(scenario, repeat, without)
    try:
        turns = parse(" ".join(schedule))
    except BadSchedule as problem:
        raise click.UsageError(str(problem)) from problem
    trace = run(what, _variant(variant), turns)
    click.echo(text(trace, _columns()))
    if trace.diverged:
        sys.exit(ExitCode.USAGE)
    if trace.ending is None or trace.ending.unsure:
        sys.exit(ExitCode.CANNOT_TELL)
    sys.exit(ExitCode.NOT_AS_EXPECTED if trace.ending.names else ExitCode.AS_EXPECTED)
