"""Which functions of Python's own keep nothing for the whole process, so that threads cannot meet in them.

Of modules written in C only those are known that are named here; a function that a new Python brings is not, until it
is named. Of modules written in Python the few are named that do keep something.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from .python_modules import is_of_python

_ALL: Final = """
_bisect _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _collections _contextvars _crypt _csv
_decimal _functools _hashlib _heapq _io _json _lzma _md5 _multibytecodec _operator _pickle _sha1 _sha2 _sha256 _sha512
_sre _stat _statistics _string _struct _suggestions _symtable _sysconfig _typing array binascii builtins cmath decimal
io itertools marshal math pwd unicodedata zlib
"""
"""Modules in which no function does, but for those of the table of states."""
_SOME: Final = {
    "_abc": "_abc_instancecheck _abc_subclasscheck",
    "_codecs": """
        ascii_decode ascii_encode charmap_build charmap_decode charmap_encode decode encode escape_decode escape_encode
        latin_1_decode latin_1_encode lookup lookup_error raw_unicode_escape_decode raw_unicode_escape_encode
        readbuffer_encode unicode_escape_decode unicode_escape_encode utf_16_be_decode utf_16_be_encode utf_16_decode
        utf_16_encode utf_16_ex_decode utf_16_le_decode utf_16_le_encode utf_32_be_decode utf_32_be_encode utf_32_decode
        utf_32_encode utf_32_ex_decode utf_32_le_decode utf_32_le_encode utf_7_decode utf_7_encode utf_8_decode
        utf_8_encode""",
    "_elementtree": "SubElement",
    "_locale": "dcgettext dgettext getencoding gettext",
    "_opcode": "get_intrinsic1_descs get_intrinsic2_descs get_nb_ops has_arg has_const has_exc has_free has_jump "
    "has_local has_name is_valid stack_effect",
    "_socket": "CMSG_LEN CMSG_SPACE htonl htons inet_aton inet_ntoa inet_ntop inet_pton ntohl ntohs",
    "_sqlite3": "adapt complete_statement",
    "_ssl": "get_default_verify_paths nid2obj txt2obj",
    "_weakref": "getweakrefcount getweakrefs proxy",
    "gc": "get_referents is_finalized is_tracked",
    "posix": """
        WCOREDUMP WEXITSTATUS WIFCONTINUED WIFEXITED WIFSIGNALED WIFSTOPPED WSTOPSIG WTERMSIG _path_normpath
        _path_splitroot_ex access confstr cpu_count ctermid device_encoding fpathconf fspath fstat fstatvfs get_blocking
        get_inheritable get_terminal_size getcwd getcwdb getegid geteuid getgid getgrouplist getgroups getlogin getpgid
        getpgrp getpid getppid getpriority getrandom getresgid getresuid getsid getuid isatty lstat major makedev minor
        pathconf readlink sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getparam
        sched_getscheduler sched_rr_get_interval sched_yield stat statvfs strerror sysconf ttyname uname urandom
        waitstatus_to_exitcode""",
    "sys": """
        _is_gil_enabled _is_interned audit displayhook exc_info excepthook exception exit get_asyncgen_hooks
        get_coroutine_origin_tracking_depth getdefaultencoding getdlopenflags getfilesystemencodeerrors
        getfilesystemencoding getprofile getsizeof gettrace intern is_finalizing unraisablehook""",
    "time": "asctime ctime gmtime localtime mktime strftime strptime",
}
_REPORTED: Final = """
chdir chflags chmod chown execv execve fchdir fchmod fchown fork forkpty getxattr kill killpg lchflags lchmod lchown
link listdir listxattr lockf mkdir open posix_spawn posix_spawnp putenv remove removexattr rename replace rmdir scandir
setxattr symlink system truncate unlink unsetenv utime
"""
"""Functions of the system of which Python itself tells: see `outside`."""
_KEEPING: Final = """
abc.ABCMeta.register asyncio.events.set_event_loop_policy calendar.setfirstweekday copyreg.add_extension copyreg.pickle
copyreg.remove_extension email.charset.add_alias email.charset.add_charset email.charset.add_codec
gettext.NullTranslations.install gettext.bindtextdomain gettext.install gettext.textdomain locale.resetlocale
mimetypes.add_type mimetypes.init shutil.register_archive_format shutil.register_unpack_format
shutil.unregister_archive_format shutil.unregister_unpack_format site.addsitedir typing.clear_overloads
unittest.mock._patch_multiple unittest.mock._patch_object unittest.mock.patch
urllib.request.install_opener urllib.request.urlcleanup webbrowser.register xml.dom.domreg.registerDOMImplementation
xml.etree.ElementTree.register_namespace zoneinfo._tzpath.reset_tzpath
"""
"""Written in Python. What only keeps what it has computed, as `re.compile` does, is not among them."""
_CACHES: Final = """
_strptime._regex_cache asyncio.coroutines._iscoroutine_typecache copyreg._extension_cache encodings._aliases
encodings._cache gettext._translations inspect._filesbymodname inspect.modulesbyfile linecache.cache
platform._platform_cache platform._sys_version_cache re._cache re._cache2 sys.path_importer_cache typing._caches
typing._cleanups urllib.parse._parse_cache warnings.onceregistry xml.etree.ElementPath._cache
zipimport._zip_directory_cache
"""
"""Where modules keep what they have computed, as objects that anybody may look into."""
COUNTING: Final = frozenset(
    {"gc.get_count", "gc.get_objects", "gc.get_referrers", "gc.get_stats", "sys.getallocatedblocks"}
)
"""What they find the explorer has made as well."""
_ALL_OF: Final = frozenset(_ALL.split())
_IN_PYTHON: Final = frozenset(_KEEPING.split())
CACHES: Final = frozenset(_CACHES.split())
_SOME_OF: Final = {module: frozenset(names.split()) for module, names in _SOME.items()} | {
    system: frozenset(f"{_SOME['posix']} {_REPORTED}".split()) for system in ("posix", "nt")
}


@cache
def may_keep(name: str, in_python: bool) -> bool:
    """Whether a function may keep something for the whole process.

    Args:
        name: with its module. Of modules that are not Python's nothing is said.
        in_python: whether it is written in Python.
    """
    module, _, last = name.rpartition(".")
    if in_python:
        return name in _IN_PYTHON
    return is_of_python(module) and module not in _ALL_OF and last not in _SOME_OF.get(module, ())
