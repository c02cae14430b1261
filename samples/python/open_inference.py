#!/usr/bin/env python3
"""The messages that stock clients of the Open Inference Protocol send, over REST: metadata, JSON tensors, and tensors as bytes
after the JSON, as those clients send arrays. Takes the package requests where it is there, Python's own library else.

    ./supsup demo            # learns some tasks
    ./supsup silo            # serves them
    python3 samples/python/open_inference.py [--url http://127.0.0.1:8080] [--model NAME] [--key KEY]
"""

import argparse
import json
import struct
import sys
import urllib.request

try:
    import requests
except ImportError:
    requests = None


def send(method, url, body=None, headers=None):
    """Returns (headers, bytes) of the answer."""
    headers = {"Content-Type": "application/json", **(headers or {})}
    if requests:
        answer = requests.request(method, url, data=body, headers=headers, timeout=60)
        answer.raise_for_status()
        return answer.headers, answer.content
    with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=60) as answer:
        return answer.headers, answer.read()


def infer_json(base, model, rows, key):
    request = {
        "id": "json",
        "inputs": [{
            "name": "input", "shape": [len(rows), len(rows[0])], "datatype": "FP32", "data": [value for row in rows for value in row],
        }],
        "outputs": [{"name": "task"}, {"name": "class"}],
    }
    _, content = send("POST", f"{base}/v2/models/{model}/infer", json.dumps(request).encode(), key)
    return {output["name"]: output["data"] for output in json.loads(content)["outputs"]}


def infer_binary(base, model, rows, key):
    values = [value for row in rows for value in row]
    tensor = struct.pack(f"<{len(values)}f", *values)
    request = json.dumps({
        "id": "binary",
        "inputs": [{
            "name": "input", "shape": [len(rows), len(rows[0])], "datatype": "FP32",
            "parameters": {"binary_data_size": len(tensor)},
        }],
        "outputs": [{"name": "task", "parameters": {"binary_data": True}}, {"name": "class", "parameters": {"binary_data": True}}],
    }).encode()
    headers = {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(request)), **key}
    answer, content = send("POST", f"{base}/v2/models/{model}/infer", request + tensor, headers)
    length = int(answer["Inference-Header-Content-Length"])
    offset, outputs = length, {}
    for output in json.loads(content[:length])["outputs"]:
        size = output["parameters"]["binary_data_size"]
        outputs[output["name"]] = list(struct.unpack(f"<{size // 8}q", content[offset:offset + size]))
        offset += size
    return outputs


def main():
    parser = argparse.ArgumentParser(description="Sends what stock clients of the Open Inference Protocol send.")
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--model", help="default: the first that has learned tasks")
    parser.add_argument("--key", help="an API key, where the silo asks for one")
    options = parser.parse_args()
    base = options.url.rstrip("/")
    key = {"Authorization": f"Bearer {options.key}"} if options.key else {}

    for path in ("/v2", "/v2/health/live", "/v2/health/ready"):
        print(path, json.loads(send("GET", base + path, headers=key)[1]))
    models = json.loads(send("GET", f"{base}/v1/models", headers=key)[1])["models"]
    model = options.model or next(model["name"] for model in models if model["tasks"])
    metadata = json.loads(send("GET", f"{base}/v2/models/{model}", headers=key)[1])
    print(model, [(tensor["name"], tensor["datatype"], tensor["shape"]) for tensor in metadata["inputs"] + metadata["outputs"]])

    # How the model's inputs are normalised; one mean and one deviation, since images here are grey.
    properties = metadata["properties"]
    if "input_means" not in properties:
        raise SystemExit(f"the tasks of model {model} differ in normalisation; choose another model")
    mean, deviation = float(properties["input_means"]), float(properties["input_deviations"])
    task = json.loads(send("GET", f"{base}/v1/models/{model}/tasks?limit=1", headers=key)[1])["tasks"][0]["task"]
    rows = []
    for n in range(3):
        pixels = json.loads(send("GET", f"{base}/v1/models/{model}/tasks/{task}/images/{n}", headers=key)[1])["pixels"]
        rows.append([(pixel / 255 - mean) / deviation for pixel in pixels])
    as_json, as_bytes = infer_json(base, model, rows, key), infer_binary(base, model, rows, key)
    print("json  ", as_json)
    print("binary", as_bytes)
    if as_json != as_bytes:
        raise SystemExit("the answers differ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
