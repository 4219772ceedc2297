"""Groups what arrives: the first two of a group may each begin one when nothing holds them apart."""


class Groups:
    def __init__(self):
        self.groups = {}

    def add(self, key, item):
        if key not in self.groups:
            self.groups[key] = []
        self.groups[key].append(item)

    def sizes(self):
        return {key: len(items) for key, items in self.groups.items()}
