"""At least one doctor stays on call: each looks at the others, then leaves under a lock of his own."""

import threading


class Doctor:
    def __init__(self):
        self.on_call = True
        self.lock = threading.Lock()


class Ward:
    def __init__(self, *names):
        self.doctors = {name: Doctor() for name in names}

    def _on_call(self):
        return sum(doctor.on_call for doctor in self.doctors.values())

    def leave(self, name):
        doctor = self.doctors[name]
        with doctor.lock:
            if self._on_call() < 2:
                return False
            doctor.on_call = False
            return True
