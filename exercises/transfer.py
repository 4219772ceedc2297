"""Accounts, each with a lock of its own, and transfers between two of them.

What must never happen: two customers send each other money, and neither request ever ends; or money has
left one account and has not come to the other, and a third transfer finds neither.
"""

import threading


class Account:
    def __init__(self, balance):
        self.balance = balance
        self.lock = threading.Lock()

    def add(self, amount):
        self.balance += amount


class Bank:
    def __init__(self, **balances):
        self._accounts = {name: Account(balance) for name, balance in balances.items()}

    def transfer(self, source, target, amount):
        """Move money between two accounts; False if there is not enough."""
        giver, taker = self._accounts[source], self._accounts[target]
        with giver.lock, taker.lock:
            if giver.balance < amount:
                return False
            giver.add(-amount)
            taker.add(amount)
            return True

    def balance(self, name):
        return self._accounts[name].balance
