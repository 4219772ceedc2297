"""Two accounts are locked in one order, whoever pays whom."""

import threading
from functools import total_ordering


@total_ordering
class Account:
    def __init__(self, number, balance):
        self.number = number
        self.balance = balance
        self.lock = threading.Lock()

    def __eq__(self, other):
        return self.number == other.number

    def __lt__(self, other):
        return self.number < other.number

    def __hash__(self):
        return hash(self.number)


class Bank:
    def __init__(self, *balances):
        self.accounts = [Account(n, b) for n, b in enumerate(balances)]

    def pay(self, source, target, amount):
        giver, taker = self.accounts[source], self.accounts[target]
        first, second = sorted((giver, taker))
        with first.lock, second.lock:
            if giver.balance < amount:
                return False
            giver.balance -= amount
            taker.balance += amount
            return True

    def balances(self):
        return [account.balance for account in self.accounts]
