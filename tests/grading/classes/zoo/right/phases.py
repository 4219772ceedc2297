"""Two workers that read each other's values, phase by phase."""

from threading import Barrier, Thread


class Averages:
    """Replaces two numbers by their sum, so many times; a barrier holds the phases apart."""

    def __init__(self, left, right):
        self.values = [left, right]

    def run(self, phases=1):
        read, written = Barrier(2), Barrier(2)

        def work(me):
            for _ in range(phases):
                total = sum(self.values)
                read.wait()
                self.values[me] = total
                written.wait()

        workers = [Thread(target=work, args=(me,)) for me in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return list(self.values)
