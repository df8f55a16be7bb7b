"""What programs start threads for."""
import logging.handlers
import queue
import sys
import threading
import time


def fail():
    raise ValueError("in a thread")


seen = []
worker = threading.Thread(target=lambda: seen.append(threading.current_thread().name), name="worker")
worker.start()
worker.join()
print(*seen, f"ran, alive: {worker.is_alive()}, here: {threading.current_thread().name}")

seen.clear()
daemon = threading.Thread(target=seen.append, args=["daemon"], daemon=True)
daemon.start()
before = list(seen)
daemon.join()
print(f"daemon before join: {before}, after: {seen}")

threading.Thread(target=fail).start()

start = time.monotonic()
assert not threading.Event().wait(0.5)
print("not notified after", f"{time.monotonic() - start:.1f} s")

try:
    queue.Queue().get(timeout=0.1)
except queue.Empty:
    print("nothing in the queue")

records = queue.Queue()
listener = logging.handlers.QueueListener(records, logging.StreamHandler(sys.stdout))
listener.start()
logging.getLogger().addHandler(logging.handlers.QueueHandler(records))
logging.warning("logged")
listener.stop()

jobs = queue.Queue()
for i in range(10):
    jobs.put(i)


def work():
    while not jobs.empty():
        jobs.get()
        jobs.task_done()


workers = [threading.Thread(target=work) for _ in range(3)]
for each in workers:
    each.start()
jobs.join()
for each in workers:
    each.join()
print("all done")
