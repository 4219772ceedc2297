"""The calls of a program become functions once, and none outlives the module that it was made in."""

from __future__ import annotations

import builtins
from types import ModuleType

from racelab.explorer.code.hooks import hooks_for
from racelab.explorer.code.kept import Kept
from racelab.explorer.code.sites import SITES
from racelab.grading.classes.expressions import Expressions


def _module() -> ModuleType:
    module = ModuleType("counting")
    names = vars(module)
    names |= {"many": 3, "__builtins__": {**vars(builtins), **hooks_for(names, "counting")}}
    return module


def test_a_call_asks_the_module_that_it_is_given() -> None:
    """A module that is imported anew gets a function of its own."""
    kept, old, new = Kept(), _module(), _module()
    expressions = Expressions(kept)
    vars(new)["many"] = 4
    kept.modules["counting"] = old
    assert expressions.function("many", "client A", old, {})(None) == 3
    assert expressions.function("many", "client A", new, {})(None) == 4
    assert expressions.function("many", "client A", old, {})(None) == 3


def test_a_function_is_kept_with_its_module_only() -> None:
    """Nothing of a module that ends with its execution is held."""
    kept, module = Kept(), _module()
    expressions = Expressions(kept)
    expressions.function("many", "client A", module, {})
    assert not expressions._functions
    kept.modules["counting"] = module
    expressions.function("many", "client A", module, {})
    assert [known[0] for known in expressions._functions.values()] == [module]


def test_a_program_of_the_same_calls_has_the_same_places() -> None:
    """What was compiled for one program serves the next, so that sites do not grow with each grade."""
    Expressions(Kept()).function("it.size() + 1", "client A", _module(), {})
    many = len(SITES)
    Expressions(Kept()).function("it.size() + 1", "client A", _module(), {})
    assert len(SITES) == many
    Expressions(Kept()).function("it.size() + 1", "client B", _module(), {})
    assert len(SITES) > many
