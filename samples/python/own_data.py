#!/usr/bin/env python3
"""Teaches a silo tasks from data of its own, then asks about rows without naming the task: Python's own library alone.

    ./supsup silo
    python3 samples/python/own_data.py [--url http://127.0.0.1:8080] [--model NAME] [--key KEY]

The data: three machines with 16 sensors each. A task is to tell the state of one machine: 0 idle, 1 running, 2 worn.
"""

import argparse
import json
import random
import urllib.error
import urllib.request

MACHINES, STATES, SENSORS = 3, 3, 16
BATCHES, ROWS = 300, 128  # those of the recipe "fast"


def readings(machine, rows, draw):
    """Rows of sensor values, and the state that each was taken in."""
    means = [[random.Random(f"{machine} {state} {n}").gauss(0, 1) for n in range(SENSORS)] for state in range(STATES)]
    labels = [draw.randrange(STATES) for _ in range(rows)]
    return [[mean + draw.gauss(0, 0.5) for mean in means[label]] for label in labels], labels


def main():
    parser = argparse.ArgumentParser(description="Learns the states of three machines, then tells machine and state.")
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--model", default="machines")
    parser.add_argument("--key", help="an API key, where the silo asks for one")
    options = parser.parse_args()

    def ask(method, path, body, kind="application/json"):
        headers = {"Content-Type": kind, **({"Authorization": f"Bearer {options.key}"} if options.key else {})}
        request = urllib.request.Request(options.url.rstrip("/") + path, body.encode(), headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{error.code}: {json.load(error)['detail']}") from None
        except urllib.error.URLError as error:
            raise SystemExit(f"no silo at {options.url} ({error.reason}); start one: ./supsup silo") from None

    model = {"inputs": SENSORS, "hidden": [128, 64], "outputs": 50, "classes": STATES, "seed": 1}
    ask("PUT", f"/v1/models/{options.model}", json.dumps(model))
    for machine in range(MACHINES):
        task = f"/v1/models/{options.model}/tasks/{machine}"
        ask("PUT", f"{task}/training", json.dumps({"data": None, "recipe": "fast"}))
        draw, lines = random.Random(machine), []
        for number in range(BATCHES):
            inputs, labels = readings(machine, ROWS, draw)
            lines.append(json.dumps({"number": number, "inputs": inputs, "labels": labels}))
        last = json.loads(ask("POST", f"{task}/batches", "\n".join(lines), "application/x-ndjson").splitlines()[-1])
        if "error" in last:
            raise SystemExit(last["error"])
        print(f"machine {machine} learned: {last['trained']} batches, a mask of {last['summary']['bytes']} bytes")

    rows, machines, states = [], [], []
    draw = random.Random(99)
    for n in range(MACHINES * 100):
        (row,), (state,) = readings(n % MACHINES, 1, draw)
        rows += row
        machines.append(n % MACHINES)
        states.append(state)
    tensor = {"name": "input", "shape": [len(machines), SENSORS], "datatype": "FP32", "data": rows}
    answer = json.loads(ask("POST", f"/v2/models/{options.model}/infer", json.dumps({"inputs": [tensor]})))
    outputs = {output["name"]: output["data"] for output in answer["outputs"]}
    found = sum(a == b for a, b in zip(outputs["task"], machines))
    both = sum(a == b and c == d for a, b, c, d in zip(outputs["task"], machines, outputs["class"], states))
    print(f"of {len(machines)} readings: machine found {found}, machine and state found {both}")


if __name__ == "__main__":
    main()
