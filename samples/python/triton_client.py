#!/usr/bin/env python3
"""Asks a silo by NVIDIA's own client of Triton, over HTTP and gRPC: what there is, task and class of test images, the likeliest classes
by name, many requests at once, compressed ones, and what was counted.

    ./supsup silo
    python3 samples/python/triton_client.py [--url 127.0.0.1:8080] [--grpc 127.0.0.1:9000] [--model NAME] [--key KEY]
"""

import argparse
import json
import queue
import sys
import urllib.request

try:
    import numpy as np
    import tritonclient.grpc as triton_grpc
    import tritonclient.http as triton_http
    from tritonclient.utils import InferenceServerException
except (ImportError, RuntimeError) as error:
    raise SystemExit(f"{error}\nthe client is not installed; install it: pip install 'tritonclient[http,grpc]'") from None

IMAGES = 4


def test_images(url, model, headers):
    """Test images as tasks of the model see them: uint8 [IMAGES, inputs]."""
    def ask(path, body=None):
        request = urllib.request.Request(
            f"http://{url}/v1/models/{model}/{path}", body and json.dumps(body).encode(), {"Content-Type": "application/json", **headers})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    tasks = [entry["task"] for entry in ask("tasks?limit=1000")["tasks"] if entry["order"]["data"]]
    if not tasks:
        raise SystemExit(f"model {model} has no tasks with test images; learn some: ./supsup demo")
    rows = []
    for n in range(IMAGES):
        task = tasks[n % len(tasks)]
        rows.append(ask("preview", {"pixels": ask(f"tasks/{task}/images/{n}")["pixels"], "task": task})["pixels"])
    return np.array(rows, dtype=np.uint8)


def tensors(triton, images, names, **wish):
    """Input and requested outputs of a request, of the HTTP client or that of gRPC."""
    tensor = triton.InferInput("input", images.shape, "UINT8")
    tensor.set_data_from_numpy(images)
    return {"inputs": [tensor], "outputs": [triton.InferRequestedOutput(name, **wish) for name in names]}


def describe(client, model, headers, **as_json):
    """What there is, which both clients tell alike."""
    server = client.get_server_metadata(headers=headers, **as_json)
    print(f"{server['name']} {server['version']}: live {client.is_server_live(headers)}, ready {client.is_server_ready(headers)}, "
          f"{model} ready {client.is_model_ready(model, headers=headers)}")
    metadata = client.get_model_metadata(model, headers=headers, **as_json)
    print("  outputs:", ", ".join(output["name"] for output in metadata["outputs"]))
    if "image" in metadata["versions"]:
        config = client.get_model_config(model, "image", headers=headers, **as_json)
        config = config.get("config", config)
        print("  as images:", config["input"][0]["format"], [int(side) for side in config["input"][0]["dims"]])


def infer(triton, client, model, images, headers, **compression):
    """Tasks, classes, and the three likeliest classes of each image. The client adds to the headers that it is given."""
    names = ["task", "class", "confidence"]
    answer = client.infer(model, **tensors(triton, images, names), headers=dict(headers), request_id="all", **compression)
    found = [answer.as_numpy(name) for name in names]
    answer = client.infer(model, **tensors(triton, images, ["probabilities"], class_count=3), headers=dict(headers))
    for task, label, confidence, likeliest in zip(*found, answer.as_numpy("probabilities")):
        print(f"  task {task} class {label} (confidence {confidence:.3f}):", ", ".join(text.decode() for text in likeliest))
    return found[0].tolist(), found[1].tolist()


def at_once_http(client, model, images, headers):
    """The same, an image in each request, all under way at once."""
    waiting = [client.async_infer(model, **tensors(triton_http, row[None], ["task", "class"]), headers=dict(headers)) for row in images]
    answers = [request.get_result() for request in waiting]
    return [answer.as_numpy("task").item() for answer in answers], [answer.as_numpy("class").item() for answer in answers]


def stream_grpc(client, model, images, headers):
    """The same, an image in each request of one stream."""
    answers = queue.Queue()
    client.start_stream(lambda result, error: answers.put((result, error)), headers=headers)
    for row in images:
        client.async_stream_infer(model, **tensors(triton_grpc, row[None], ["task", "class"]))
    found = []
    for _ in images:
        result, error = answers.get(timeout=60)
        if error is not None:
            raise error
        found.append((result.as_numpy("task").item(), result.as_numpy("class").item()))
    client.stop_stream()
    return [task for task, _ in found], [label for _, label in found]


def main():
    parser = argparse.ArgumentParser(description="Asks a silo by Triton's own client.")
    parser.add_argument("--url", default="127.0.0.1:8080", help="host and port of HTTP")
    parser.add_argument("--grpc", default="127.0.0.1:9000", help="host and port of gRPC")
    parser.add_argument("--model", help="default: the first")
    parser.add_argument("--key", help="an API key, where the silo asks for one")
    options = parser.parse_args()
    headers = {"authorization": f"Bearer {options.key}"} if options.key else {}

    over_http = triton_http.InferenceServerClient(options.url, concurrency=IMAGES)
    over_grpc = triton_grpc.InferenceServerClient(options.grpc)
    models = [entry["name"] for entry in over_http.get_model_repository_index(headers=headers)]
    if not models:
        raise SystemExit("the silo has no model; make one: ./supsup demo")
    model = options.model or models[0]
    if not over_http.is_model_ready(model, headers=headers):
        raise SystemExit(f"there is no model '{model}'; there are: {', '.join(models)}")
    images = test_images(options.url, model, headers)

    print("HTTP")
    describe(over_http, model, headers)
    answers = [
        infer(triton_http, over_http, model, images, headers,
              request_compression_algorithm="gzip", response_compression_algorithm="deflate"),
        at_once_http(over_http, model, images, headers),
    ]
    print("gRPC")
    describe(over_grpc, model, headers, as_json=True)
    answers += [
        infer(triton_grpc, over_grpc, model, images, headers, compression_algorithm="gzip"),
        stream_grpc(over_grpc, model, images, headers),
    ]

    counted = over_grpc.get_inference_statistics(model, headers=headers).model_stats[0]
    print(f"{counted.inference_stats.success.count} requests of {counted.inference_count} rows answered, "
          f"{counted.inference_stats.fail.count} refused")
    if any(answer != answers[0] for answer in answers):
        raise SystemExit(f"the answers differ: {answers}")
    print("all answers agree")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, InferenceServerException) as error:
        raise SystemExit(f"{error}; is there a silo at --url and --grpc? Start one: ./supsup silo") from None
