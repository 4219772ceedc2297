"""Hooks that do what the code said, and take down what they were asked, between the steps that the code tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from racelab.explorer.code.sites import SITES
from tests.explorer.code.neutral import NEUTRAL, AttributeSlot, ItemSlot, module_of

SAID: Final[dict[str, Callable[..., str]]] = {
    "_lab_enter": lambda: "enter",
    "_lab_again": lambda again: f"again {again}",
    "_lab_resumed": lambda value: f"resumed {value}",
    "_lab_called": lambda value: f"called {value}",
    "_lab_not_modelled": lambda value, reason: f"not modelled: {reason}",
    "_lab_attr": lambda thing, name, site: f"attr {name}",
    "_lab_method": lambda thing, name, site: f"method {name}",
    "_lab_item": lambda thing, key, site: f"item {key}",
    "_lab_contains": lambda key, thing, site: f"contains {key}",
    "_lab_look": lambda thing, site, op: f"look {op} {thing if isinstance(thing, int) else type(thing).__name__}",
    "_lab_change": lambda thing, value, site: f"change by {value}",
    "_lab_in_place": lambda op, thing, value, site: f"{op} {thing} {value}",
    "_lab_iterate": lambda thing, site, begins=False: "iterate",
    "_lab_with": lambda manager, site: "with",
    "_lab_call": lambda function, site, *args, **named: SITES[site].what,
    "_lab_global_read": lambda name, site: f"read {name}",
    "_lab_global_write": lambda value, name, site: f"write {name} {value}",
}
"""What each hook tells."""


def recorded(source: str, *given: object) -> list[str]:
    """What hooks are asked while `main` of a source runs, and what it says with `note`.

    Args:
        source: of a module.
        given: to `main`.
    """
    log: list[str] = []

    def note(value: object) -> Any:
        log.append(f"note {value}")
        return value

    module = module_of(source, hooks=hooks(log), given={"note": note})
    log.clear()
    vars(module)["main"](*given)
    return log


class ToldSlot:
    """A target that tells when it is used."""

    def __init__(self, log: list[str], slot: AttributeSlot | ItemSlot, said: str) -> None:
        self.log, self.slot, self.said = log, slot, said

    @property
    def v(self) -> Any:
        """What is in the target."""
        self.log.append(f"get {self.said}")
        return self.slot.v

    @v.setter
    def v(self, value: Any) -> None:
        self.log.append(f"set {self.said}")
        self.slot.v = value

    @v.deleter
    def v(self) -> None:
        self.log.append(f"del {self.said}")
        del self.slot.v


def hooks(log: list[str]) -> dict[str, Any]:
    """The hooks that write into a log."""
    variables: list[object] = []

    def number(of: object) -> str:
        if of not in variables:
            variables.append(of)
        return f"#{variables.index(of) + 1}"

    said: dict[str, Callable[..., str]] = {
        **SAID,
        "_lab_shared_read": lambda name, site, of: f"read {name}{number(of)}",
        "_lab_shared_write": lambda value, name, site, of: f"write {name}{number(of)} {value}",
    }
    told = {name: telling(log, name, say) for name, say in said.items()}
    slots = {
        "_lab_attr_slot": slot_hook(log, AttributeSlot),
        "_lab_item_slot": slot_hook(log, ItemSlot),
    }
    return {**NEUTRAL, **told, **slots}


def telling(log: list[str], name: str, say: Callable[..., str]) -> Callable[..., Any]:
    """A neutral hook that tells first."""

    def hook(*args: Any, **named: Any) -> Any:
        log.append(say(*args))
        return NEUTRAL[name](*args, **named)

    return hook


def slot_hook(log: list[str], kind: type[AttributeSlot | ItemSlot]) -> Callable[..., ToldSlot]:
    """A hook that makes targets."""

    def hook(thing: Any, key: Any, site: int, changes: bool = False) -> ToldSlot:
        return ToldSlot(log, kind(thing, key, site), f"{key}{' changes' if changes else ''}")

    return hook
