"""Workers for one order: a queue of jobs, a stop mark for each worker, results by number."""

import queue
import threading


class Runner:
    def __init__(self, workers=2):
        self.workers = workers
        self.done = 0
        self._lock = threading.Lock()

    def squares(self, numbers):
        jobs, results = queue.Queue(), {}

        def work():
            while (job := jobs.get()) is not None:
                number, value = job
                results[number] = value * value
                with self._lock:
                    self.done += 1

        threads = [threading.Thread(target=work, name=f"worker-{n}") for n in range(self.workers)]
        for thread in threads:
            thread.start()
        for job in enumerate(numbers):
            jobs.put(job)
        for _ in threads:
            jobs.put(None)
        for thread in threads:
            thread.join()
        return [results[n] for n in range(len(numbers))]
