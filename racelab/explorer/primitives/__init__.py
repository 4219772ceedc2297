"""Models of the standard library's primitives: locks, threads, time, queues, futures. Imports the kernel only.

Every operation is one point, before it, and nothing is looked at before that point. What the real thing raises the
model raises, with the same words; what it does not model it says.
"""

from .modules import MODELLED

__all__ = ["MODELLED"]
