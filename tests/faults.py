"""What a network can do to a connection: one small class for each fault, used by `tests/fault_proxy.py`.

A fault is a value without state. It answers the questions that the proxy asks before it reads, sends or ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class Towards(Enum):
    """A direction of a connection."""

    SERVER = "to the server"
    CLIENT = "to the client"


class Ending(Enum):
    """How a cut looks to a peer: ECONNRESET, or the end of the file."""

    RESET = "RST"
    FIN = "FIN"


@dataclass(frozen=True)
class Fault:
    """Does nothing, and is what the others deviate from."""

    listens: ClassVar[bool] = True
    connects: ClassVar[bool] = True
    forgets: ClassVar[bool] = False

    def holds(self, towards: Towards) -> bool:
        """Whether bytes of this direction wait in the proxy until the next switch."""
        return False

    def delay(self, towards: Towards) -> float:
        """Seconds between the arrival of bytes and their departure."""
        return 0.0

    def pause(self, towards: Towards) -> float:
        """Seconds after each byte; with 0 the bytes leave together."""
        return 0.0

    def cut(self, towards: Towards) -> CutAfter | None:
        """The cut that ends this direction, if any."""
        return None


@dataclass(frozen=True)
class Pass(Fault):
    """Forwards everything at once."""


@dataclass(frozen=True)
class Refuse(Fault):
    """A server that has ended: new connections get ECONNREFUSED, and open ones are reset."""

    listens: ClassVar[bool] = False


@dataclass(frozen=True)
class Blackhole(Fault):
    """Accepts and never answers, as a partition does. After it, what was sent meanwhile still arrives, as TCP resends.

    A request that its client has given up may therefore be executed later. `FaultProxy.cut_all` prevents that.
    """

    connects: ClassVar[bool] = False

    def holds(self, towards: Towards) -> bool:
        """Both directions wait."""
        return True


@dataclass(frozen=True)
class Forget(Fault):
    """Passes new connections; what was open at the switch stays so and carries nothing more, also after the next one.

    So does a firewall that has lost its table: neither peer hears that the other one is out of reach.
    """

    forgets: ClassVar[bool] = True


@dataclass(frozen=True)
class HoldAnswers(Fault):
    """Forwards requests at once, and holds every answer until the next switch: `AnswerLate` without a clock."""

    def holds(self, towards: Towards) -> bool:
        """Only the answers wait."""
        return towards is Towards.CLIENT


@dataclass(frozen=True)
class CutAfter(Fault):
    """Cuts each connection when `passed` bytes have gone one way since the switch; with 0, before the first byte.

    On loopback a peer can read all of those bytes before it sees the end, also after a reset.
    """

    towards: Towards
    passed: int
    ending: Ending = Ending.RESET

    def cut(self, towards: Towards) -> CutAfter | None:
        """The other direction is counted by nobody."""
        return self if towards is self.towards else None


@dataclass(frozen=True)
class CutAnswer(Fault):
    """Cuts one connection when the answer to its request arrives: the change was made, and the client cannot know.

    A request is all that a client sends between two answers. Requests are counted over all connections since the
    switch; with `containing`, only those in which these bytes occur. The server sees a FIN after its answer. Its first
    bytes after the request count as the answer; it should commit before it sends them. All other requests pass.
    """

    request: int = 1
    containing: bytes = b""
    ending: Ending = Ending.RESET


@dataclass(frozen=True)
class HalfClose(Fault):
    """Sends a FIN one way and keeps the other way open. What comes later in the closed direction is discarded."""

    towards: Towards


@dataclass(frozen=True)
class Delay(Fault):
    """Bytes leave a fixed time, in seconds, after they arrived. A change made before the switch keeps its arrival."""

    to_server: float = 0.0
    to_client: float = 0.0

    def delay(self, towards: Towards) -> float:
        """See the class."""
        return self.to_server if towards is Towards.SERVER else self.to_client


@dataclass(frozen=True)
class AnswerLate(Fault):
    """Forwards requests at once, and answers `seconds` after they arrived from the server."""

    seconds: float

    def delay(self, towards: Towards) -> float:
        """Only the answers wait."""
        return self.seconds if towards is Towards.CLIENT else 0.0


@dataclass(frozen=True)
class Drip(Fault):
    """Sends answers one byte at a time with `seconds` between them, so that no single read times out."""

    seconds: float

    def pause(self, towards: Towards) -> float:
        """Only the answers drip."""
        return self.seconds if towards is Towards.CLIENT else 0.0
