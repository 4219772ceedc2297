"""Every access is locked, and still two deposits can become one."""

import threading


class Wallet:
    def __init__(self, balance=0):
        self._balance = balance
        self._lock = threading.Lock()

    @property
    def balance(self):
        with self._lock:
            return self._balance

    @balance.setter
    def balance(self, value):
        with self._lock:
            self._balance = value

    def deposit(self, amount):
        self.balance += amount
