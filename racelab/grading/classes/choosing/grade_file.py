"""A file of calls: what `--save` writes and a reader edits, and what TARGET may be."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from racelab.home import COMMAND

from ..program import MODELS
from ..target import TargetError
from .choice import Choice, Given

HEAD: Final = '''"""What the grader calls on {target}: {command} grade {file}

Every interleaving of these calls is run, and judged by what the same calls do one after another: a result that no
order of them explains is a finding. All texts are Python; `it` is the object. Names are looked up in this file, which
may define functions of its own. Edit it, and grade it again.
"""
'''
NEW: Final = "# Makes the object, anew for every execution. Small limits are reached by small programs."
FIRST: Final = """# Done to the object before any thread begins. All threads know the names that it assigns, such as
# FIRST = ["token = it.issue(5)"]. If every line assigns one, programs that use none of them begin without."""
CALLS: Final = """# Programs are made of these: pairs first, then two by two, and three threads; the first calls first.
# Two threads should use the same key. Several calls that belong together can be one: "it.put(1) or it.get()"."""
TASKS: Final = """# Or exactly one program, in place of CALLS: a list of calls for each thread.
# TASKS = [[{first!r}], [{last!r}]]"""
THEN: Final = "# Observed one after another when all threads have ended. What is not observed here cannot be wrong."
CHOSEN_THEN: Final = """
# Chosen were properties, public attributes that the calls change, and methods whose names say that they only look (get,
# items, is_..., len): those that changed nothing when they were tried, did not block, and showed plain data. A private
# attribute, or a method by another name, you have to add yourself."""
HOLDS: Final = """# What must be true in the end, and whenever no call is under way, whatever the order of the calls:
# HOLDS = ["len(it) <= 2"]"""
IGNORE: Final = """# Differences that do not matter: a call or observation as it stands above, the name of a method,
# or the name of an exception's class."""
SPEC: Final = (
    """# Or say what is right by another class, which runs the calls one after another: SPEC = "module:SimpleClass\""""
)
SCENARIOS: Final = (
    "# It is a session manager: these scenarios of the lab are asked of an object that MANAGER makes.\n"
    "# What it has nothing for is not asked; the report says why."
)
KEYS: Final = (
    """# These were chosen as keys: of programs that only differ by exchanging them, one is run. [] runs them all."""
)
MODEL: Final = "# Where threads may switch: gil, as CPython does; or free-threaded, before every access that races."


def text_of(choice: Choice, path: Path) -> str:
    """A choice as a file of calls that would be kept at a path."""
    texts = [call for task in choice.tasks for call in task] or list(choice.calls)
    made = f"NEW = {(choice.make or choice.module)!r}"
    parts = [
        HEAD.format(target=choice.word, command=COMMAND, file=path.name),
        _imports(choice, path),
        f"{NEW}\n{made}\n",
        f"{FIRST}\n{_list('FIRST', choice.first)}",
    ]
    if choice.tasks:
        parts.append("# One program: the calls of each thread.\n" + _nested("TASKS", choice.tasks))
    elif texts:
        parts.append(f"{CALLS}\n{_list('CALLS', choice.calls)}\n{TASKS.format(first=texts[0], last=texts[-1])}\n")
    why = CHOSEN_THEN if "then" in choice.chosen else ""
    parts += [f"{THEN}{why}\n{_list('THEN', choice.then)}", f"{HOLDS}\n{_list('HOLDS', choice.holds)}"]
    parts += [f"{IGNORE}\n{_list('IGNORE', choice.ignore)}", f"{SPEC}\nSPEC = {choice.spec!r}\n"]
    parts.append(f"{MODEL}\nMODEL = {choice.model!r}\n")
    if choice.scenarios:
        parts.append(f"{SCENARIOS}\nMANAGER = {choice.manager!r}\n{_list('SCENARIOS', choice.scenarios)}")
    if choice.alike():
        parts.append(f"{KEYS}\nALIKE = {list(choice.alike())!r}\n")
    if choice.left_out:
        parts.append(
            "# Left out:\n" + "".join(f"#   {name}: {' '.join(why.split())}\n" for name, why in choice.left_out)
        )
    return "\n".join(parts)


def given_by(module: ModuleType) -> Given:
    """What a file of calls says.

    Raises:
        TargetError: one of its names has a value that means nothing.
    """
    told = vars(module)
    model = told.get("MODEL", "")
    if model and model not in MODELS:
        raise TargetError(
            f"MODEL = {model!r} in {_file(module)} is unknown. Write one of {', '.join(map(repr, MODELS))}."
        )
    tasks = told.get("TASKS", ())
    if not isinstance(tasks, list | tuple):
        raise TargetError(_wrong(module, "TASKS", "a list with a list of calls for each thread"))
    return Given(
        _text(module, "NEW"),
        tuple(_texts(module, "TASKS", task, "a list with a list of calls for each thread") for task in tasks),
        _texts(module, "CALLS", told.get("CALLS", ())),
        _texts(module, "THEN", told["THEN"]) if "THEN" in told else None,
        _texts(module, "HOLDS", told.get("HOLDS", ())),
        _texts(module, "IGNORE", told.get("IGNORE", ())),
        _text(module, "SPEC") or "",
        model,
        _text(module, "MANAGER"),
        _texts(module, "SCENARIOS", told["SCENARIOS"]) if "SCENARIOS" in told else None,
        _texts(module, "ALIKE", told.get("ALIKE", ())),
        _texts(module, "FIRST", told.get("FIRST", ())),
    )


def _imports(choice: Choice, path: Path) -> str:
    lines = [f"import time\n\n{choice.imports}\n"] if choice.imports else []
    here = Path(choice.root, *choice.module.split("."))
    if (here.is_dir() or here.with_suffix(".py").is_file()) and Path(choice.root) != path.parent:
        relative = os.path.relpath(choice.root, path.parent)
        lines.append(f"# The folder of the module, seen from this file.\nROOT = {relative!r}\n")
    return "\n".join(lines)


def _list(name: str, texts: Iterable[str]) -> str:
    lines = "".join(f"    {text!r},\n" for text in texts)
    return f"{name} = [\n{lines}]\n" if lines else f"{name} = []\n"


def _nested(name: str, tasks: Iterable[Iterable[str]]) -> str:
    return f"{name} = [\n" + "".join(f"    {list(task)!r},\n" for task in tasks) + "]\n"


def _text(module: ModuleType, name: str) -> str | None:
    value = vars(module).get(name)
    if value is not None and not isinstance(value, str):
        raise TargetError(_wrong(module, name, "a text"))
    return value


def _texts(module: ModuleType, name: str, value: Any, kind: str = "a list of texts") -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise TargetError(_wrong(module, name, kind))
    return tuple(value)


def _wrong(module: ModuleType, name: str, kind: str) -> str:
    return f"{name} in {_file(module)} has to be {kind}, as in {name} = {EXAMPLES[name]}."


def _file(module: ModuleType) -> str:
    return Path(module.__file__ or module.__name__).name


EXAMPLES: Final = {
    "NEW": "'Cache(maxsize=2)'",
    "FIRST": """['token = it.issue(5)']""",
    "CALLS": "['it.put(1, 2)', 'it.get(1)']",
    "TASKS": "[['it.put(1, 2)'], ['it.get(1)']]",
    "THEN": "['len(it)']",
    "HOLDS": "['len(it) <= 2']",
    "IGNORE": "['KeyError']",
    "SPEC": "'module:SimpleCache'",
    "MANAGER": "'Manager()'",
    "SCENARIOS": "['lost-increment', 'stale-overwrite']",
    "ALIKE": """['"a"', '"b"']""",
}
