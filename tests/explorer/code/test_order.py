"""Hooks are asked at the right moment: when what they need is known, and before anything happens with it."""

from __future__ import annotations

from types import SimpleNamespace

from tests.explorer.code.recording import recorded


def steps(body: str, *given: object, before: str = "") -> list[str]:
    """What happens in `main`, without its entry and the calls of `note`."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    log = recorded(f"{before}\ndef main(a=1, b=2):\n{lines}", *given)
    assert log[0] == "enter"
    return [step for step in log[1:] if step != "call"]


class Endless:
    """Something for an asynchronous loop."""

    def __aiter__(self) -> Endless:
        return self

    async def __anext__(self) -> int:
        return 1


def test_a_function_is_entered_before_anything_else_happens() -> None:
    """Functions, lambdas and generators begin with a hook, after their defaults."""
    log = steps("def f(x=note(1)):\n  'text'\n  return note(2)\nf()\n(lambda x=note(3): note(4))()")
    assert log == ["note 1", "enter", "note 2", "note 3", "enter", "note 4"]


def test_operands_are_looked_at_when_both_are_known() -> None:
    """A hook looks after the other operand was evaluated, which may have stopped."""
    assert steps("note(1) + note(2)") == ["note 1", "note 2", "look o 1", "look o 2"]
    assert steps("note(1) < note(2)") == ["note 1", "note 2", "look c 1", "look c 2"]
    assert steps("a + note(2)") == ["note 2", "look o 1", "look o 2"]
    assert steps("note(1) + b") == ["note 1", "look o 1", "look o 2"]


def test_an_operand_that_is_a_shared_name_is_no_quiet_one() -> None:
    """Reading a shared name may stop, so that the other operand is looked at afterwards."""
    log = steps("global G\nG = 3\na + G", before="G = 0")
    assert log == ["write G 3", "read G", "look o 1", "look o 3"]


def test_a_test_looks_at_what_it_tests() -> None:
    """Each part is looked at immediately before it is tested, and the last of a value is not."""
    assert steps("if note(1) and note(0): pass") == ["note 1", "look b 1", "note 0", "look b 0"]
    assert steps("a = note(1) and note(0)") == ["note 1", "look b 1", "note 0"]
    assert steps("a = note(3) if note(1) else 2") == ["note 1", "look b 1", "note 3"]
    assert steps("a = [1 for _ in (1,) if note(1)]") == ["iterate", "note 1", "look b 1"]


def test_a_method_is_found_before_its_arguments() -> None:
    """As Python does it."""
    assert steps("a.get(note(1))", {}) == ["method get", "note 1", "call .get()"]


def test_values_after_a_star_are_looked_at_when_they_are_used_up() -> None:
    """At once if more follows, and last if they are all that there is before names."""
    before = "def f(*args, **named): pass"
    assert steps("f(*[1], note(2))", before=before) == ["look i list", "note 2", "enter", "resumed None"]
    assert steps("f(*[1], key=note(2))", before=before) == ["note 2", "look i list", "enter", "resumed None"]
    assert steps("f(**{'k': 1}, key=note(2))", before=before) == ["look i dict", "note 2", "enter", "resumed None"]


def test_an_attribute_is_stored_when_its_value_is_known() -> None:
    """Value first, then the target; a changed one is read, and its object changes after the value is known."""
    thing = SimpleNamespace(x=1, y=2)
    assert steps("a.x = note(5)", thing) == ["note 5", "set x"]
    assert steps("a.x += 1", thing) == ["get x changes", "set x changes"]
    assert steps("a.x += note(5)", thing) == ["get x", "note 5", "Add 6 5", "set x"]
    assert steps("del a.x", thing) == ["del x"]
    assert steps("a[note(0)] -= a[1]", [1, 2]) == ["note 0", "get 0", "item 1", "Sub 1 2", "set 0"]


def test_a_plain_name_that_changes_tells_of_its_object() -> None:
    """The object of `a += b` may be shared though the name is not."""
    assert steps("a += note(2)") == ["note 2", "change by 2"]


def test_a_shared_name_is_written_between_its_value_and_its_storing() -> None:
    """The hook knows the value, and a look through another function shows that it is not stored yet."""
    before = "def see(): return G"
    log = steps("global G\nG = 1\nG = note(see() + 1)\nG += note(5)\nsee()", before=before)
    stored = [
        "write G 1",
        "enter",
        "read G",
        "look o 1",
        "note 2",
        "write G 2",
        "read G",
        "note 5",
        "Add 2 5",
        "write G 7",
    ]
    assert log == [*stored, "enter", "read G"]


def test_parts_of_an_unpacked_value_are_written_one_by_one() -> None:
    """Each with its own value, from left to right, after the whole was looked at."""
    log = steps("global G\na.x, G, [a.y, *b] = note((1, 2, (3, 4)))", SimpleNamespace())
    assert log == ["note (1, 2, (3, 4))", "look u tuple", "set x", "write G 2", "look u tuple", "set y"]
    log = steps("global G\nG, a.x = note((1, 2))", SimpleNamespace())
    assert log == ["note (1, 2)", "look u tuple", "write G 1", "set x"]
    assert steps("global G\nG = a.x = G = note(1)", SimpleNamespace()) == ["note 1", "write G 1", "set x", "write G 1"]


def test_variables_of_ours_keep_nothing_alive() -> None:
    """What was unpacked through one goes when the author's name lets it go."""
    before = "class C:\n  def __del__(self): note('gone')"
    assert "gone" in steps("global G\nG, b = C(), 1\nG = None\nnote(2)", before=before)[-2]
    assert "gone" in steps("global G\nfor G in (C() for _ in (1,)):\n  G = None\n  note(2)", before=before)[-2]


def test_a_definition_is_written_when_its_decorators_are_done() -> None:
    """The name of a shared function gets what its outermost decorator gives."""
    assert steps("global G\n@(lambda f: note(5))\ndef G(): pass") == ["enter", "note 5", "called 5", "write G 5"]
    assert steps("global G\n@(lambda f: note(5))\nclass G: pass")[-3:] == ["note 5", "called 5", "write G 5"]


def test_a_private_global_has_its_class_in_front() -> None:
    """The hook gets the name that Python uses."""
    before = "class C:\n  def f(self):\n    global __g\n    __g = 1\n    return __g"
    assert steps("C().f()", before=before)[-2:] == ["write _C__g 1", "read _C__g"]


def test_the_target_of_a_loop_is_written_before_the_body() -> None:
    """In each round, with its value."""
    log = steps("global G\nfor G, b in [(1, 2), (3, 4)]: note(b)")
    round_one, round_two = ["look u tuple", "write G 1", "note 2"], ["look u tuple", "write G 3", "note 4"]
    assert log == ["iterate", *round_one, *round_two]


def test_a_deleted_name_is_read_and_written() -> None:
    """Whether it was there is seen; what it holds then is like nothing else."""
    assert steps("global G\nG = 1\ndel G") == ["write G 1", "read G", "write G b'deleted'"]


def test_a_loop_says_when_it_goes_back() -> None:
    """Before the test and after it, from the second round on."""
    log = steps("while a < 3: a += 1")
    first = ["again False", "look c 1", "again False", "change by 1"]
    assert log == [*first, "again True", "look c 2", "again True", "change by 1", "again True", "look c 3"]
    assert steps("while True: break") == ["again False", "again False"]


def test_each_call_has_variables_of_its_own() -> None:
    """Two calls of one function share nothing; the functions inside of one call share its variables."""
    before = "def f(n):\n  n = n + 1\n  def g(): return n\n  return g"
    log = steps("a, b = f(1), f(5)\na(), b(), a()", before=before)
    shared = [step for step in log if "#" in step]
    assert shared == ["read n#1", "write n#1 2", "read n#2", "write n#2 6", "read n#1", "read n#2", "read n#1"]


def test_each_run_of_a_comprehension_has_variables_of_its_own() -> None:
    """Also its lambdas share them, and no others do."""
    log = steps("def f(): return [lambda: i for i in (1, 2)]\na, b = f(), f()\na[0](), b[0]()")
    shared = [step for step in log if "#" in step]
    assert shared == ["write i#1 1", "write i#1 2", "write i#2 1", "write i#2 2", "read i#1", "read i#2"]


def test_two_scopes_with_one_name_do_not_meet() -> None:
    """The same name in an inner function is another variable."""
    log = steps("n = 0\ndef f():\n  n = 5\n  n = 6\n  return lambda: n\nn = 1\nlambda: n\nf()()")
    assert {step for step in log if "n#" in step} == {
        "write n#1 0",
        "write n#1 1",
        "write n#2 5",
        "write n#2 6",
        "read n#2",
    }


def test_a_lambda_has_variables_too() -> None:
    """Its parameter may change after a lambda inside of it exists."""
    assert "write n#1 2" in steps("(lambda n: ((n := 2), lambda: n)[1])(1)()")


def test_an_exception_goes_through_its_variable() -> None:
    """It is written at the beginning of its handler, and deleted at the end."""
    log = steps("global G\ntry: raise KeyError(1)\nexcept KeyError as G: note(2)")
    assert log == ["write G 1", "note 2", "write G None", "read G", "write G b'deleted'"]


def test_what_cannot_be_modelled_says_so_when_it_runs() -> None:
    """Coroutines, `eval`, asynchronous generators and a few patterns, each with its line; others do not."""
    said = [
        *steps("async def f(): pass\ntry: f().send(None)\nexcept StopIteration: pass"),
        *steps("eval('1')\nexec('1')"),
        *steps("match a:\n  case {'k': [1, b], **c}: pass"),
        *steps("a = (b async for b in a)", Endless()),
        *steps("match a:\n  case {a.x: 1}: pass", SimpleNamespace(x=1)),
        *steps("match a:\n  case [*_, int(real=1)]: pass"),
        *steps("class C:\n  match 1:\n    case int(real=1): pass"),
    ]
    reasons = [step.removeprefix("not modelled: ") for step in said if step.startswith("not modelled: ")]
    assert reasons == [
        "async def f, line 3 of rewritten",
        "eval(), line 3 of rewritten",
        "exec(), line 4 of rewritten",
        "match with such patterns, line 3 of rewritten",
        "async for, line 3 of rewritten",
        *["match with such patterns, line 3 of rewritten"] * 2,
        "match with such patterns, line 4 of rewritten",
    ]
    plain = steps(
        "match a:\n  case [1, b] | {'k': b} | (str() as b) if note(b): pass\n  case Kind.ONE: pass\n"
        "  case [int(real=b.x), [2, *c]] | {1: {2: (b.y as c)}}: pass",
        "",
        before="class Kind: ONE = 1",
    )
    assert not [step for step in plain if "modelled" in step]


def test_a_generator_says_when_it_goes_on() -> None:
    """With what was sent to it."""
    assert steps("def f():\n  note((yield 1))\na = f()\nnext(a)\nnext(a, 0)") == ["enter", "resumed None", "note None"]


def test_a_manager_is_handed_to_its_hook() -> None:
    """Each item of a `with`, and what it gives is unpacked inside."""
    before = "class M:\n  def __enter__(self): return note((1, 2))\n  def __exit__(self, *e): note('out')"
    log = steps("global G\nwith M() as (a, G), M(): note(a)", before=before)
    inside = ["enter", "note (1, 2)", "look u tuple", "write G 2", "with", "enter", "note (1, 2)", "note 1"]
    assert log == ["with", *inside, "enter", "note out", "enter", "note out"]
