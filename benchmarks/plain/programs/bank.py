"""Accounts with a lock each."""

from __future__ import annotations

import threading


class Account:
    """Money under a lock."""

    def __init__(self, money: int) -> None:
        self.money, self.lock = money, threading.Lock()


class Bank:
    """Takes both locks in one order. The sum takes none, so it may miss what is on its way."""

    def __init__(self) -> None:
        self._accounts = [Account(5), Account(5)]

    def move(self, source: int, target: int, money: int) -> bool:
        """From one to the other, if there is enough."""
        first, second = sorted((source, target))
        with self._accounts[first].lock, self._accounts[second].lock:
            if self._accounts[source].money < money:
                return False
            self._accounts[source].money -= money
            self._paid(target, money)
            return True

    def _paid(self, target: int, money: int) -> None:
        self._accounts[target].money += money

    def total(self) -> int:
        """Of all accounts."""
        return sum([account.money for account in self._accounts])
