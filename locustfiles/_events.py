"""Begins a run when Locust starts a test, and judges it after the last request. Done by the master, or the only
process; a worker only hands in what its visitors heard.

Without a page the verdict falls when Locust quits, and is printed last, below Locust's own tables. With its web page
it falls after each test.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
import time
from contextlib import suppress
from typing import Any

import gevent  # type: ignore[import-untyped]
import locust
from gevent.os import make_nonblocking, nb_read  # type: ignore[import-untyped]
from locust.env import Environment
from locust.runners import STATE_INIT, STATE_RUNNING, STATE_SPAWNING, LocalRunner, MasterRunner, WorkerRunner
from rich.console import Console

from locustfiles._files import add_to_report, write
from locustfiles._judgement import Conclusion
from locustfiles._lab import LEASE, RENEWED, LabProblem, WrongUsage
from locustfiles._labs import lab_at
from locustfiles._look import Told
from locustfiles._options import RUN_SECONDS, add_options, also, variants
from locustfiles._page import add_page
from locustfiles._progress import Progress
from locustfiles._shop import SHOP
from locustfiles._verdict import Report, Run
from locustfiles._workers import Worker, Workers
from racelab.bugs import ExitCode
from racelab.lifeline import VARIABLE
from racelab.traffic import TRAFFIC

events: Any = locust.events
log = logging.getLogger(__name__)

MASTER_PATIENCE = 5.0  # after Ctrl-C, which a terminal sends to all processes, the master tells its workers to quit
SHOWN = 0.5  # seconds between two drawings of the progress
NOT_STARTED = Report(Conclusion(ExitCode.CANNOT_TELL, "Cannot tell: no test was started, so nothing was measured."))


class Director:
    """Listens to Locust's events; one per process."""

    def __init__(self) -> None:
        self._run: Run | None = None
        self._report: Report | None = None
        self._concluding: Any = None
        self._workers: Workers | None = None
        self._worker: Worker | None = None
        self._headless = self._leaving = False
        self._prepared_at = time.time()
        self._progress: Progress | None = None
        self._options: Any = None
        self._environment: Environment

    def listen(self) -> None:
        """Register for all of them. At quitting the listeners are called last first: ours after the master's own."""
        events.init_command_line_parser.add_listener(add_options)
        events.init.add_listener(self.prepare)
        events.test_start.add_listener(self.begin)
        events.test_stopping.add_listener(self.gather)
        events.test_stop.add_listener(self.ended)
        events.quitting.add_listener(self.decide)
        events.quit.add_listener(self.say)

    def prepare(self, environment: Environment, runner: Any, web_ui: Any, **_: Any) -> None:
        """Locust has been set up."""
        options: Any = environment.parsed_options
        self._options = options
        self._environment = environment
        self._headless = bool(options.headless)
        if runner is None:
            self._prepare_single()
            return
        gevent.signal_handler(signal.SIGINT, self._interrupted, runner, web_ui)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # the front door has let it wait until now
        if lifeline := os.environ.get(VARIABLE):
            gevent.spawn(_end_with_the_parent, int(lifeline))
        if isinstance(runner, WorkerRunner):
            self._worker = Worker(runner)
            # Registered after the worker's own listener, so called before it disconnects.
            events.quitting.add_listener(self._worker.finish)
            return
        if isinstance(runner, MasterRunner):
            self._workers = Workers(runner)
        if self._headless:
            self._prepare_headless(environment, runner, options)
        if web_ui is not None:
            add_page(web_ui, options.web_base_path, self.told)

    def _prepare_headless(self, environment: Environment, runner: Any, options: Any) -> None:
        options.run_time = options.run_time or RUN_SECONDS
        self._begin(environment)  # now, because --run-time begins to count before a test starts
        if self._leaving and self._report is None:
            self._end_waiting(runner, "it was stopped before its first request")
        if options.progress and self._run is not None:
            self._progress = Progress(Console(stderr=True), options.run_time)
            gevent.spawn(self._show, self._progress, runner)
        if isinstance(runner, MasterRunner) and options.expect_workers_max_wait:
            gevent.spawn(self._give_up, runner, options.expect_workers, options.expect_workers_max_wait)
            options.expect_workers_max_wait = 0  # Locust itself would give up without a word, and end with another code

    @staticmethod
    def _show(progress: Progress, runner: Any) -> None:
        while progress.show(runner.user_count, runner.stats.num_requests):
            gevent.sleep(SHOWN)

    def _prepare_single(self) -> None:
        """`run_single_user` has no runner, and tells of no end."""
        gevent.signal_handler(signal.SIGINT, gevent.kill, gevent.getcurrent(), SystemExit)
        atexit.register(self._conclude)

    def _give_up(self, runner: MasterRunner, expected: int, seconds: int) -> None:
        """Workers that never come."""
        gevent.sleep(seconds)
        came = len(runner.clients.ready)
        if came < expected:
            self._end_waiting(runner, f"{came} of {expected} workers connected within {seconds} s")

    def _waits_for_workers(self, runner: Any) -> bool:
        return self._headless and isinstance(runner, MasterRunner) and runner.state == STATE_INIT

    def _end_waiting(self, runner: Any, why: str) -> None:
        """Locust waits for its workers in a loop of its own, which does not ask whether it is to quit."""
        if self._run is not None:
            self._run.give_up()
        report = Report(Conclusion(ExitCode.CANNOT_TELL, f"Cannot tell: {why}, so no test was started."))
        self._tell(report)
        runner.quit()
        raise SystemExit(report.conclusion.code)  # gevent raises it in the main greenlet

    def begin(self, environment: Environment, **_: Any) -> None:
        """A test starts: before the first request the lab must answer, with its dials set, in a new run."""
        options: Any = environment.parsed_options
        if self._worker is not None:
            SHOP.open(variants(options), options.seed, also(options))
            self._worker.begin()
            return
        if self._workers is not None:
            self._workers.begin()
        if not self._headless:
            self._wait()
            self._begin(environment)
        SHOP.open(variants(options), options.seed, also(options))
        if self._report is not None:
            self._refuse(environment, self._report)

    def _begin(self, environment: Environment) -> None:
        """Begin a run of the lab, or report why that is not possible."""
        self._run = self._report = None
        try:
            self._run = self._new_run(environment, environment.parsed_options)
        except WrongUsage as problem:
            self._report = Report(Conclusion(ExitCode.USAGE, str(problem)))
        except LabProblem as problem:
            self._report = Report(Conclusion(ExitCode.CANNOT_TELL, f"Cannot tell: {problem}"))

    def _new_run(self, environment: Environment, options: Any) -> Run:
        classes: list[Any] = environment.user_classes
        kinds = sorted({user_class.kind for user_class in classes})
        if len(kinds) > 1:
            names = ", ".join(user_class.__name__ for user_class in classes)
            raise WrongUsage(f"Each load needs its own dials. Name one of {names} at the end of the command.")
        if options.tags:
            raise WrongUsage(
                f"--tags {' '.join(options.tags)} leaves this load without a task: its tasks have no tags. Leave it "
                "out; LOCUST_TAGS and a locust.conf set it, too."
            )
        environment.host = (environment.host or "").rstrip("/")
        lab = lab_at([environment.host, *also(options)])
        begun = lab.begin(TRAFFIC[kinds[0]].dialled.to_json(), options.keep_run, options.variant, kinds[0])
        # One user cannot be at two managers. Locust sends the options to its workers.
        options.managers = list(begun.variants if environment.runner else begun.variants[:1])
        run = Run(lab, begun, kinds[0], variants(options), options.expect)
        gevent.spawn(self._renew, run, environment.runner)
        return run

    def _renew(self, run: Run, runner: Any) -> None:
        """Keep the dials until the run is judged: should this process die, they go back. Stop if the lab says so."""
        gevent.sleep(RENEWED)
        stopped = False
        while self._run is run and self._report is None:
            with suppress(LabProblem):
                if run.lab.lease(LEASE, runner.user_count if runner else 1) and not stopped:
                    stopped = self._stop(runner)
            gevent.sleep(RENEWED)

    def _stop(self, runner: Any) -> bool:
        """Stop was pressed on the lab's page: end the test, or the one user. False if it is ending anyway."""
        if runner is None:
            os.kill(os.getpid(), signal.SIGINT)
        elif self._waits_for_workers(runner):
            gevent.spawn(self._end_waiting, runner, "it was stopped while it waited for its workers")
        elif runner.state in (STATE_SPAWNING, STATE_RUNNING):
            gevent.spawn(runner.quit if self._headless else runner.stop)
        else:
            return False
        return True

    def _refuse(self, environment: Environment, report: Report) -> None:
        """Start no users: end this greenlet, which would spawn them, and stop the test in another one."""
        runner: Any = environment.runner
        if runner is None:
            self._tell(report)
            raise SystemExit(report.conclusion.code)
        gevent.spawn(runner.quit if self._headless else runner.stop)
        if not self._headless:
            log.error(report.conclusion.reason)
        raise gevent.GreenletExit

    def gather(self, environment: Environment, **_: Any) -> None:
        """A test is about to stop."""
        if self._workers is not None and self._run is not None:
            self._workers.gather(float(environment.stop_timeout or 0))

    def ended(self, environment: Environment, **_: Any) -> None:
        """A test has stopped, after the last request."""
        waiting = self._run is not None and self._report is None and self._concluding is None
        if environment.web_ui is not None and waiting:
            self._concluding = gevent.spawn(self._conclude)

    def decide(self, environment: Environment, **_: Any) -> None:
        """Locust quits: wait for the last request, judge the run, and set the exit code."""
        if self._worker is not None:
            environment.process_exit_code = 0
            return
        environment.process_exit_code = ExitCode.CANNOT_TELL  # should anything below fail
        if self._progress is not None:
            self._progress.wait()
        if isinstance(environment.runner, LocalRunner):
            environment.runner.stop()
            environment.runner.user_greenlets.join()
        self._wait()
        if self._run is not None and self._report is None:
            self._conclude()
        if self._progress is not None:
            self._progress.end()
        environment.process_exit_code = (self._report or NOT_STARTED).conclusion.code

    def say(self, **_: Any) -> None:
        """Print the report below Locust's own tables, and put it into Locust's HTML report."""
        if self._worker is not None:
            return
        if self._headless or self._report is None:
            self._tell(self._report or NOT_STARTED)
        if self._options is not None:
            add_to_report(self.told(), self._options, self._prepared_at)

    def _tell(self, report: Report) -> None:
        """Print a report, and write the files that were asked for. `--json` keeps stdout for Locust's own numbers."""
        options = self._options
        if self._progress is not None:
            self._progress.end()
        _print(report, to_stderr=bool(getattr(options, "json", False)))
        if options is not None:
            write(report, options)

    def told(self) -> Told:
        """What can be told now, for the page and Locust's report."""
        host = self._environment.host or ""
        if self._report is not None:
            return Told("", "", host, self._report)
        if self._run is None:
            return Told(
                "No test was started yet.", "Press Start in Locust; this page shows the verdict after the test.", host
            )
        if self._concluding is not None:
            return Told("The load has ended.", "Waiting until no request is in flight and cleanup has ended.", host)
        runner: Any = self._environment.runner
        so_far = f"{runner.user_count:,} users, {runner.stats.num_requests:,} requests so far."
        return Told("The load is running.", f"{so_far} The verdict follows at its end.", host)

    def _interrupted(self, runner: Any, web_ui: Any) -> None:
        """Ctrl-C: quit in order, and at the second one at once. By default Python raises it during some request."""
        if self._leaving:
            sys.exit(ExitCode.INTERRUPTED)
        self._leaving = True
        if self._headless and self._run is None and self._report is None and self._worker is None:
            return  # it is about to begin a run, and looks then
        if self._waits_for_workers(runner):
            self._end_waiting(runner, "it was stopped while it waited for its workers")
        if self._worker is not None:
            self._worker.finish()
            gevent.sleep(MASTER_PATIENCE)  # Locust moves the users of a worker that quits early to another one
        runner.quit()
        if web_ui is not None:
            web_ui.stop()

    def _wait(self) -> None:
        """Wait until the verdict is computed."""
        if self._concluding is not None:
            self._concluding.join()
            self._concluding = None

    def _conclude(self) -> None:
        run = self._run
        if run is None:
            return
        ledgers = self._workers.ledgers(run.variants) if self._workers is not None else SHOP.ledgers
        self._report = run.conclude(ledgers, self._workers.missing() if self._workers is not None else 0)
        if not self._headless:
            self._tell(self._report)


def _end_with_the_parent(lifeline: int) -> None:
    """The front door starts Locust: a load whose starter was killed would run to its end."""
    make_nonblocking(lifeline)
    while nb_read(lifeline, 1):
        """Nobody writes."""
    os.kill(os.getpid(), signal.SIGTERM)


def _print(report: Report, to_stderr: bool) -> None:
    """Print, without line breaks at 80 columns in a file."""
    console = Console(stderr=to_stderr)
    report.print(console if console.is_terminal else Console(stderr=to_stderr, width=140))
    sys.stdout.flush()


DIRECTOR = Director()
DIRECTOR.listen()
