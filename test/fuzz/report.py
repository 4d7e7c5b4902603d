"""Prints what a run came to: report.py STATE SERVER_PID. Fails when the server failed, ended or was started anew."""
import collections
import glob
import json
import os
import sys


def lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main(state, server):
    sent, codes = collections.Counter(), collections.Counter()
    for path in glob.glob(f"{state}/worker-*.json"):
        with open(path, encoding="utf-8") as file:
            worker = json.load(file)
        sent.update(worker["sent"])
        codes.update(worker["codes"])
    print(f"requests: {sent['coverage'] + sent['random']} of {sent['cases']} cases (coverage {sent['coverage']}, random {sent['random']})")
    for code, count in sorted(codes.items()):
        print(f"  {code}: {count}")
    memory = lines(f"{state}/memory.jsonl")
    for sample in (memory[0], memory[len(memory) // 2], memory[-1]):
        print(f"  {sample['time']} {sample['what']}: {sample['requests']} requests, RSS {sample['rss']} MB, heap {sample['heap']} MB")
    findings = collections.Counter((finding["code"], finding["method"], finding["answer"][:200]) for finding in lines(f"{state}/findings.jsonl"))
    for (code, method, answer), count in findings.most_common():
        print(f"  {count} x {code} {method}: {answer}")
    rejections = [line for line in lines(f"{state}/failures.jsonl") if "unhandledRejection" in line]
    restarted = len({sample["pid"] for sample in memory}) != 1 or not os.path.exists(f"/proc/{server}")
    print(f"findings: {len(findings)} kinds; unhandled rejections: {len(rejections)}; server {'ended' if restarted else 'still the first'}")
    return 1 if findings or rejections or restarted or not sent["cases"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
