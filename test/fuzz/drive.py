"""Sends schemathesis' cases to a server: drive.py STATE URL WORKER WORKERS ROUNDS. Counts in STATE/worker-N.json, findings in STATE/findings.jsonl."""
import collections
import gc
import json
import os
import random
import re
import sys
import time
import warnings
from urllib.parse import urlencode

import cases
from schemathesis.core import NotSet
from wire import Connection

AT_ONCE = 12
SAVE_EVERY = 1200
LIMITS = str.maketrans({"\r": "?", "\n": "?", " ": "?", "\0": "?"})
RANDOM_CASES = 30
KEPT_OF_A_KIND = 20


def prepare(case):
    """A case as method, target, body and headers. What `requests` would do, at a tenth of its cost."""
    pairs = [(name, item) for name, value in (case.query or {}).items() for item in (value if isinstance(value, list) else [value])]
    query = urlencode([(name, text_of(value)) for name, value in pairs])
    target = (case.formatted_path + (f"?{query}" if query else "")).translate(LIMITS)
    headers = {name: text_of(value).translate(LIMITS).encode("utf-8", "surrogatepass").decode("latin-1") for name, value in (case.headers or {}).items()}
    headers["User-Agent"] = "schemathesis"
    if isinstance(case.body, NotSet):
        return case.method, target, None, headers
    headers["Content-Type"] = case.media_type if "*" not in (case.media_type or "*") else "application/json"
    return case.method, target, case.body if isinstance(case.body, bytes) else json.dumps(case.body).encode(), headers


def text_of(value):
    return value if isinstance(value, str) else json.dumps(value)


# Patches that contradict the schema: upstream answers them with a bare 500 too, in these words, each compared by hand.
AS_UPSTREAM = re.compile(
    r'"message":"(failed to create typed patch object|failed to convert new object|map: .* does not contain declared merge key'
    r"|list element types are not identical|no elements in any of the given slices|unknown patch type|expected a slice, but received"
    r"|The order in patch list|resourceVersion: Invalid value|resourceVersion should not be set on objects to be created|cannot merge lists without merge key|associative list with keys has an element|strconv\.ParseUint: parsing|no preferred addresses found; known addresses: \[\])",
)


def kind_of(answer):
    """An answer without what differs from case to case."""
    return re.sub(r"\d+", "0", re.sub(r'\\".*?\\"', "...", answer))[:160]


class Worker:
    def __init__(self, state, url, number, workers):
        self.state, self.url, self.number, self.workers = state, url, number, workers
        self.connection = Connection(state, url)
        self.counts = collections.Counter()
        self.sent = collections.Counter()
        self.found = collections.Counter()
        self.started = time.time()
        self.unsaved = 0
        self.findings = open(f"{state}/findings.jsonl", "a", buffering=1)  # noqa: SIM115

    def run(self, rounds):
        with open(f"{self.state}/openapi.json", encoding="utf-8") as file:
            schema, operations, kinds = cases.load(json.load(file), self.url)
        for turn in range(rounds):
            chance = random.Random(f"{turn}/{self.number}")
            mine = operations[self.number :: self.workers]
            chance.shuffle(mine)
            for operation in mine:
                for phase, produced in (("coverage", cases.systematic(schema, operation)), ("random", cases.random_cases(operation, RANDOM_CASES, turn))):
                    aim = cases.Aim(operation, kinds, chance)
                    self.all(operation, phase, produced, aim)
        self.save(final=True)

    def all(self, operation, phase, produced, aim):
        if phase == "coverage":
            made = [("POST", target, json.dumps(body).encode(), {"Content-Type": "application/json"}) for target, body in aim.made()]
            self.counts["made before"] += sum(1 for answer in self.connection.send_all(made) if answer[0] == 201)
        batch = []
        while True:
            try:
                case = next(produced)
            except StopIteration:
                break
            except Exception as error:  # noqa: BLE001
                print(f"{operation.label}: {phase}: {error!r}"[:300], flush=True)
                break
            self.sent["cases"] += 1
            try:
                batch.extend(prepare(variant) for variant in aim.variants(case))
            except Exception:  # noqa: BLE001
                self.counts["not sendable"] += 1
            if len(batch) >= AT_ONCE:
                self.send(operation, phase, batch)
                batch = []
        self.send(operation, phase, batch)

    def send(self, operation, phase, batch):
        for prepared, answer in zip(batch, self.connection.send_all(batch)):
            self.sent[phase] += 1
            if isinstance(answer, Exception):
                self.counts[type(answer).__name__] += 1
                self.find(operation, phase, prepared, 0, repr(answer))
            else:
                self.judge(operation, phase, prepared, *answer)
        self.unsaved += len(batch)
        if self.unsaved >= SAVE_EVERY:
            self.save()

    def judge(self, operation, phase, prepared, code, body):
        if code < 500:
            self.counts[code] += 1
            return
        answer = body.decode("utf-8", "replace")
        same = code == 500 and '"reason"' not in answer and AS_UPSTREAM.search(answer)
        self.counts["500 as upstream" if same else code] += 1
        if not same:
            self.find(operation, phase, prepared, code, answer)

    def find(self, operation, phase, prepared, code, answer):
        method, target, body, headers = prepared
        kind = (code, method, kind_of(answer))
        self.found[kind] += 1
        if self.found[kind] > KEPT_OF_A_KIND:
            return
        self.findings.write(json.dumps({
            "time": time.time(), "operation": operation.label, "phase": phase, "code": code, "answer": answer[:2000], "method": method, "target": target,
            "type": str(headers.get("Content-Type", "")), "body": (body or b"").decode("utf-8", "replace")[:20000],
        }) + "\n")

    def save(self, final=False):
        self.unsaved = 0
        target = f"{self.state}/worker-{self.number}-{os.getpid()}.json"
        with open(f"{target}.new", "w", encoding="utf-8") as file:
            json.dump({"sent": self.sent, "codes": {str(key): value for key, value in self.counts.items()}, "seconds": time.time() - self.started, "final": final}, file)
        os.replace(f"{target}.new", target)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    gc.set_threshold(50_000)
    Worker(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])).run(int(sys.argv[5]))
