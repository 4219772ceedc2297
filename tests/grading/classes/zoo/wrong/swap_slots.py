"""Two tables change places; a reader may meet one of them twice."""


class Tables:
    def __init__(self):
        self.live = "blue"
        self.spare = "green"

    def swap(self):
        self.live, self.spare = self.spare, self.live

    def names(self):
        return self.live, self.spare
