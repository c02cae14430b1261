#!/usr/bin/env python3
"""Asks a silo which task and class a test image is of: nothing but Python's own library.

    ./supsup demo            # learns some tasks
    ./supsup silo            # serves them
    python3 samples/python/classify.py [--url http://127.0.0.1:8080] [--model NAME] [--key KEY]
"""

import argparse
import json
import sys
import urllib.error
import urllib.request


class Silo:
    """A silo's REST interface."""

    def __init__(self, url, key=None):
        self.url = url.rstrip("/")
        self.headers = {"Content-Type": "application/json"}
        if key:
            self.headers["Authorization"] = f"Bearer {key}"

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, self.headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            raise SystemExit(f"{error.code}: {problem['detail']}") from None
        except urllib.error.URLError as error:
            raise SystemExit(f"no silo at {self.url} ({error.reason}); start one: ./supsup silo") from None


def main():
    parser = argparse.ArgumentParser(description="Classifies test images of unknown task.")
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--model", help="default: the first that has learned tasks")
    parser.add_argument("--key", help="an API key, where the silo asks for one")
    parser.add_argument("--images", type=int, default=20)
    options = parser.parse_args()

    silo = Silo(options.url, options.key)
    models = [model for model in silo.ask("GET", "/v1/models")["models"] if model["tasks"]]
    if not models:
        raise SystemExit("the silo has no model with learned tasks; make one: ./supsup demo")
    model = options.model or models[0]["name"]
    tasks = [task for task in silo.ask("GET", f"/v1/models/{model}/tasks?limit=1000")["tasks"] if task["order"]["data"]]
    print(f"model {model}, {len(tasks)} tasks")

    found = right = 0
    for n in range(options.images):
        task = tasks[n % len(tasks)]
        image = silo.ask("GET", f"/v1/models/{model}/tasks/{task['task']}/images/{n}")
        # The image as the task sees it: its pixels in the task's order. The silo normalises them as the task's data.
        seen = silo.ask("POST", f"/v1/models/{model}/preview", {"pixels": image["pixels"], "task": task["task"]})["pixels"]
        answer = silo.ask("POST", f"/v2/models/{model}/infer", {
            "inputs": [{"name": "input", "shape": [1, len(seen)], "datatype": "UINT8", "data": seen}],
            "outputs": [{"name": "task"}, {"name": "class"}, {"name": "confidence"}],
        })
        inferred, label, confidence = (output["data"][0] for output in answer["outputs"])
        found += inferred == task["task"]
        right += inferred == task["task"] and label == image["label"]
        print(f"image {n}: task {task['task']} class {image['label']} -> task {inferred} class {label} (confidence {confidence:.3f})")
    print(f"{found} of {options.images} tasks found, {right} of {options.images} classes right")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
