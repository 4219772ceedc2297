"""What the interpreter keeps for the whole process: every state is put back, and every function of C is known."""

from __future__ import annotations

import csv
import importlib
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from racelab.explorer.code.c_functions import COUNTING, may_keep
from racelab.explorer.code.failures import CannotImport
from racelab.explorer.code.hooks.functions import HANDLERS
from racelab.explorer.code.process_state import USES, Saved
from racelab.explorer.code.python_modules import may_stay
from tests.explorer.code.loading import Folder

SETS = {
    "the recursion limit": "import sys; sys.setrecursionlimit(sys.getrecursionlimit() + 7)",
    "the limit on the digits of an int": "import sys; sys.set_int_max_str_digits(5_000)",
    "the umask": "import os; os.umask(os.umask(0) ^ 2)",
    "the default timeout of sockets": "import socket; socket.setdefaulttimeout(7)",
    "the field size limit of csv": "import csv; csv.field_size_limit(7)",
    "the dialects of csv": "import csv; csv.register_dialect('it'); csv.unregister_dialect('excel')",
    "the locale": "import locale; locale.setlocale(locale.LC_NUMERIC, 'C.UTF-8')",
    "the warning filters": "import warnings; warnings.simplefilter('error', BytesWarning)",
    "who is told of warnings": "import warnings; warnings.catch_warnings(record=True).__enter__()",
    "warnings that were told": "import warnings; warnings.onceregistry['it'] = 1",
    "the default context of decimal": "import decimal; decimal.DefaultContext.prec = 7",
    "the traps of decimal": "import decimal; decimal.BasicContext.traps[decimal.Inexact] = True",
    "the flags of decimal": "import decimal; decimal.BasicContext.flags[decimal.Inexact] = True",
    "garbage is collected": "import gc; gc.disable() if gc.isenabled() else gc.enable()",
    "threads switch": "import sys; sys.setswitchinterval(7)",
}
KEEPING = """
_abc: _abc_init _abc_register _get_dump _reset_caches _reset_registry get_cache_token
_codecs: register register_error unregister
_elementtree: _set_factories
_locale: bind_textdomain_codeset bindtextdomain textdomain
_opcode: get_executor get_specialization_stats
_socket: close dup getaddrinfo gethostbyaddr gethostbyname gethostbyname_ex gethostname getnameinfo getprotobyname
_socket: getservbyname getservbyport if_indextoname if_nameindex if_nametoindex sethostname socketpair
_sqlite3: connect enable_callback_tracebacks enable_shared_cache register_adapter register_converter
_ssl: RAND_add RAND_bytes RAND_pseudo_bytes RAND_status _test_decode_cert
_warnings: _filters_mutated
_weakref: _remove_dead_weakref
fcntl: fcntl flock ioctl lockf
gc: freeze get_debug get_freeze_count set_debug unfreeze
posix: _exit _inputhook _is_inputhook_installed abort chroot close closerange copy_file_range dup dup2 eventfd
posix: eventfd_read eventfd_write fdatasync fsync ftruncate getloadavg grantpt initgroups login_tty lseek memfd_create
posix: mkfifo mknod nice openpty pidfd_open pipe pipe2 posix_fadvise posix_fallocate posix_openpt pread preadv ptsname
posix: pwrite pwritev read readv register_at_fork sched_setaffinity sched_setparam sched_setscheduler sendfile
posix: set_blocking set_inheritable setegid seteuid setgid setgroups setns setpgid setpgrp setpriority setregid
posix: setresgid setresuid setreuid setsid setuid splice sync tcgetpgrp tcsetpgrp timerfd_create timerfd_gettime
posix: timerfd_gettime_ns timerfd_settime timerfd_settime_ns times unlockpt unshare wait wait3 wait4 waitid waitpid
posix: write writev
select: epoll poll select
sys: _baserepl _clear_internal_caches _clear_type_cache _current_exceptions _current_frames _debugmallocstats
sys: _get_cpu_count_config _getframemodulename _getquickenedcount _setprofileallthreads _settraceallthreads
sys: activate_stack_trampoline addaudithook breakpointhook call_tracing deactivate_stack_trampoline
sys: getunicodeinternedsize is_stack_trampoline_active set_asyncgen_hooks set_coroutine_origin_tracking_depth
sys: setdlopenflags
"""
"""Functions of C that keep something, or of which it is not worth to know. A thread that calls one gets no pass."""
_NOT_ASKED = ("_curses", "_imp", "_interp", "_signal", "_test", "_tkinter", "_tracemalloc", "_xx", "_ctypes", "_uuid")
"""Modules of which nothing is used, because what is above them is not modelled or does without."""


def functions() -> Iterator[tuple[str, object]]:
    """All functions of modules of C that may take part in an execution, with their names."""
    for name in sorted(sys.stdlib_module_names):
        if not may_stay(name) or name.startswith(_NOT_ASKED):
            continue
        try:
            module = importlib.import_module(name)
        except ImportError:  # of another system
            continue
        for one in list(vars(module).values()):
            if type(one) is types.BuiltinFunctionType and one.__self__ is module:
                yield f"{module.__name__}.{one.__name__}", one


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_function_of_c_is_of_one_kind() -> None:
    """It touches a known state, keeps nothing, or leaves a gap. What a new Python brings leaves one."""
    listed = {f"{line.partition(':')[0]}.{name}" for line in KEEPING.split("\n") for name in line.split()[1:]}
    found = {name for name, one in functions() if may_keep(name, in_python=False) and name not in USES}
    found -= {name for name, one in functions() if one in HANDLERS or name in COUNTING}
    assert len(list(functions())) > 500
    assert not listed & set(USES)
    assert sys.version_info >= (3, 14) or found <= listed, sorted(found - listed)
    assert may_keep("sys.it_is_new", in_python=False)
    assert not may_keep("orjson.dumps", in_python=False)


@pytest.mark.parametrize("state", SETS)
def test_every_state_is_put_back(state: str, tmp_path: Path) -> None:
    """Code at import has set it; also if that fails later. The process is afterwards as it was."""
    before = Saved()
    for end in ("", "\nraise ValueError"):
        folder = Folder(tmp_path, {"it.py": SETS[state] + end})
        try:
            with folder.execution() as loader:
                loader.load("it")
                assert before.changed()
        except CannotImport:
            assert end
        assert not before.changed()


def test_a_module_that_sets_a_state_is_imported_anew(tmp_path: Path) -> None:
    """Each execution finds what the first one has found, and a module that sets nothing is kept."""
    folder = Folder(tmp_path, {"it.py": SETS["the dialects of csv"], "plain.py": "import csv"})
    modules = []
    for _ in range(2):
        with folder.execution() as loader:
            modules.append((loader.load("plain"), loader.load("it")))
            assert "it" in csv.list_dialects()
    (plain, it), (again, another) = modules
    assert plain is again
    assert it is not another


def test_what_a_module_of_the_process_has_set_stays(tmp_path: Path) -> None:
    """It is imported once, so nothing would set that a second time."""
    (tmp_path / "of_others.py").write_text("import csv; csv.register_dialect('of others')")
    sys.path.insert(0, str(tmp_path))
    try:
        with Folder(tmp_path, {"it.py": ""}).execution() as loader:
            loader._real("of_others")
        assert "of others" in csv.list_dialects()
    finally:
        sys.path.remove(str(tmp_path))
        csv.unregister_dialect("of others")
