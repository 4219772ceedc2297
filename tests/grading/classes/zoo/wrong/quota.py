"""So much for everybody together; spent in one statement after a look."""


class Quota:
    def __init__(self, budget):
        self.budget = budget

    def spend(self, amount):
        if self.budget >= amount:
            self.budget -= amount
            return True
        return False
