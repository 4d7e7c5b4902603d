"""Sends schemathesis' cases to a server: drive.py STATE URL WORKER WORKERS ROUNDS. Counts in STATE/worker-N.json, findings in STATE/findings.jsonl."""
import collections
import gc
import http.client
import json
import os
import random
import re
import ssl
import sys
import time
import warnings
from urllib.parse import urlencode, urlsplit

import cases
from schemathesis.core import NotSet

READ_SECONDS = 30
ANSWER_BYTES = 64 * 1024
SAVE_EVERY = 200
RANDOM_CASES = 30
KEPT_OF_A_KIND = 20


def prepare(case):
    """A case as method, target, body and headers. What `requests` would do, at a fifth of its cost."""
    pairs = [(name, item) for name, value in (case.query or {}).items() for item in (value if isinstance(value, list) else [value])]
    query = urlencode([(name, text_of(value)) for name, value in pairs])
    target = case.formatted_path + (f"?{query}" if query else "")
    headers = {name: text_of(value).encode("utf-8", "surrogatepass").decode("latin-1") for name, value in (case.headers or {}).items()}
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
    r"|The order in patch list|resourceVersion should not be set on objects to be created|cannot merge lists without merge key)",
)


def kind_of(answer):
    """An answer without what differs from case to case."""
    return re.sub(r"\d+", "0", re.sub(r'\\".*?\\"', "...", answer))[:160]


class Connection:
    """One kept connection; a new one after each failure."""

    def __init__(self, state, url):
        parts = urlsplit(url)
        context = ssl.create_default_context(cafile=f"{state}/ca.crt")
        context.load_cert_chain(f"{state}/admin.crt", f"{state}/admin.key")
        self.make = lambda: http.client.HTTPSConnection(parts.hostname, parts.port, timeout=READ_SECONDS, context=context)
        self.connection = self.make()

    def send(self, method, target, body, headers):
        try:
            self.connection.request(method, target, body, headers)
            answer = self.connection.getresponse()
            text = answer.read(ANSWER_BYTES)
            if not answer.isclosed():
                self.connection.close()
            return answer.status, text
        except Exception:
            self.connection.close()
            self.connection = self.make()
            raise


class Worker:
    def __init__(self, state, url, number, workers):
        self.state, self.url, self.number, self.workers = state, url, number, workers
        self.connection = Connection(state, url)
        self.counts = collections.Counter()
        self.sent = collections.Counter()
        self.found = collections.Counter()
        self.started = time.time()
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
            for target, body in aim.made():
                self.counts["made before"] += self.connection.send("POST", target, json.dumps(body).encode(), {"Content-Type": "application/json"})[0] == 201
        while True:
            try:
                case = next(produced)
            except StopIteration:
                return
            except Exception as error:  # noqa: BLE001
                print(f"{operation.label}: {phase}: {error!r}"[:300], flush=True)
                return
            self.sent["cases"] += 1
            try:
                for variant in aim.variants(case):
                    self.one(operation, phase, prepare(variant))
            except Exception:  # noqa: BLE001
                self.counts["not sendable"] += 1

    def one(self, operation, phase, prepared):
        method, target, body, headers = prepared
        self.sent[phase] += 1
        try:
            code, text = self.connection.send(method, target, body, headers)
            answer = text.decode("utf-8", "replace") if code >= 500 else ""
            same = code == 500 and '"reason"' not in answer and AS_UPSTREAM.search(answer)
            self.counts["500 as upstream" if same else code] += 1
            if code >= 500 and not same:
                self.find(operation, phase, prepared, code, answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.counts[type(error).__name__] += 1
            self.find(operation, phase, prepared, 0, repr(error))
        if self.sent[phase] % SAVE_EVERY == 0:
            self.save()

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
        target = f"{self.state}/worker-{self.number}-{os.getpid()}.json"
        with open(f"{target}.new", "w", encoding="utf-8") as file:
            json.dump({"sent": self.sent, "codes": {str(key): value for key, value in self.counts.items()}, "seconds": time.time() - self.started, "final": final}, file)
        os.replace(f"{target}.new", target)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    gc.set_threshold(50_000)
    Worker(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])).run(int(sys.argv[5]))
