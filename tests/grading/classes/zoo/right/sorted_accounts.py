"""Takes the locks of two accounts in the order of their names, on an exit stack."""

import threading
from contextlib import ExitStack


class Account:
    def __init__(self, name, money):
        self.name, self.money = name, money
        self.lock = threading.Lock()


class Bank:
    def __init__(self):
        self.accounts = {n: Account(n, 5) for n in "ab"}

    def pay(self, source, target, amount):
        a, b = self.accounts[source], self.accounts[target]
        with ExitStack() as locks:
            for account in sorted((a, b), key=lambda account: account.name):
                locks.enter_context(account.lock)
            if a.money < amount:
                raise ValueError("not enough")
            a.money -= amount
            b.money += amount

    def sum(self):
        return {n: a.money for n, a in self.accounts.items()}
