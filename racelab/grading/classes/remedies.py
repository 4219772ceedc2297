"""What to do where nothing certain can be said: for each kind of reason, the change or the option that helps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

BEHIND: Final = (
    "Put that behind a method of its own, and replace the method in a subclass: save the choice (--save grade_me.py), "
    "write the subclass into that file, and NEW makes it."
)
CLOSE: Final = "Say when it ends, by close() or a with statement, and grade a subclass without that."
THREADS_ONLY: Final = "Only threads are graded: call what it does from a plain function."
REMEDIES: Final = (
    (r"seeds the random numbers", "Take a generator of its own: random.Random(seed)."),
    (
        r"for the whole process|A thread (sets|changes)",
        f"Call it before any thread begins, when the module is imported or the object is made. Or: {BEHIND}",
    ),
    (r"socket|was not done|has effects outside|subprocess", BEHIND),
    (
        r"(asyncio|multiprocessing|signal).* is not modelled|event loop|coroutine|async ",
        "Only threads are graded. Move what the threads share into a class of its own, without that, and grade it.",
    ),
    (r"is used, and it is not modelled", BEHIND),
    (
        r"is imported|is compiled|Code of .* runs that was not rewritten",
        "Import it in the method that needs it, and leave that method out of the calls (--call, or --save and edit); "
        "or replace the method in a subclass, in the file that --save writes.",
    ),
    (r"The id of an object", "Take a number that you count yourself in place of id(), or the object as the key."),
    (r"order of a set", "Go over sorted(...) of it."),
    (r"led elsewhere", "Give random numbers a seed, and take texts or numbers as keys in place of id()."),
    (r"weak reference|vanish|weakref|__del__", CLOSE),
    (r"left before its end", "Make a list of it first: for row in list(rows)."),
    (r"exec\(|eval\(", "Write what it makes as ordinary code."),
    (r"_getframe", "Hand over what it looks for as an argument."),
    (
        r"^(?:.*: )?Nothing is logged",
        "Grade a subclass without that handler or filter, in the file that --save writes.",
    ),
    (
        r"does not end within",
        "A loop may wait for another thread by asking again and again: let it wait with an Event or a Condition, or "
        "give the object a smaller limit (--new).",
    ),
    (r"because of the memory", "Give fewer or smaller calls (--task), or a smaller object (--new)."),
    (r"It was stopped after", "Give it more time (--seconds), or fewer calls (--task)."),
    (r"threads at most|There are more than", "Let the object start fewer threads: --new 'Pool(2)'."),
    (
        r"no call succeeds",
        "Give arguments that fit: --new for the object, --call or --task for the calls. --save grade_me.py writes down "
        "what was tried.",
    ),
    (r"What must hold", "Correct --holds: it has to be an expression that can be told of the object at any time."),
    (r"specification", "Correct --spec: its calls, one after another, have to end, and to keep what --holds says."),
)
"""In this order; the first that fits."""


def remedies(reasons: Iterable[str]) -> list[str]:
    """What to do about reasons, each advice once."""
    found = (next((remedy for pattern, remedy in REMEDIES if re.search(pattern, one)), "") for one in reasons)
    return [remedy for remedy in dict.fromkeys(found) if remedy]
