"""Under which names the lab answers: those of this computer, and those that it was given.

A site that lets its own name lead to this computer (DNS rebinding) gets nowhere, because its name is none of them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from functools import lru_cache

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?", re.ASCII | re.IGNORECASE)


def name_of(host: str) -> str:
    """The name or address in a `Host` header, without port and brackets, in small letters; empty if there is none."""
    found = _HOST.fullmatch(host)
    return found[1].strip("[]").lower() if found else ""


class Hosts:
    """See the module.

    Args:
        names: beside `localhost` and the loopback addresses.
        remote: whether other computers may ask. They may then use any of its addresses, and a name that it was given.
    """

    def __init__(self, names: Collection[str] = (), remote: bool = False) -> None:
        self.names = frozenset([name_of(name) for name in names] + ["localhost"])
        self._remote = remote
        self.allows = lru_cache(maxsize=256)(self._allows)

    @classmethod
    def read(cls, setting: object, remote: bool) -> Hosts:
        """From the setting `HOSTS`: names with commas between them, or a list.

        Raises:
            ValueError: it is neither, or one is no name.
        """
        names = setting.split(",") if isinstance(setting, str) else setting
        if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"HOSTS must be names with commas between them; got {setting!r}.")
        names = [name.strip() for name in names if name.strip()]
        if wrong := [name for name in names if not name_of(name)]:
            raise ValueError(f"HOSTS has {wrong[0]!r}, which is no name of a host. Give names such as lab.example.org.")
        return cls(names, remote)

    def _allows(self, host: str) -> bool:
        """Whether a request for this `Host` is answered."""
        name = name_of(host)
        if name in self.names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or self._remote
