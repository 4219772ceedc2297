"""Bank accounts: a check that expects the wrong sum, and one that is right."""

from threading import Lock


class Account:
    """What was meant: paying in adds, paying out subtracts."""

    def __init__(self, balance, paid_in, paid_out):
        self.start, self.balance = balance, balance
        self.paid_in, self.paid_out = paid_in, paid_out
        self.steps = 0
        self.lock = Lock()

    def deposit(self):
        with self.lock:
            self.balance += self.paid_in
            self.steps += 1

    def withdraw(self):
        with self.lock:
            self.balance -= self.paid_out
            self.steps += 1

    def expected(self):
        return self.start + self.paid_in - self.paid_out

    def check(self):
        with self.lock:
            return self.steps < 2 or self.balance == self.expected()


class WrongSum(Account):
    """Expects that the deposit was subtracted as well."""

    def expected(self):
        return self.start - self.paid_in - self.paid_out
