#!/usr/bin/env python3
"""Asks a silo what is on pictures, without saying of which task they are. Needs the package Pillow to read them.

    ./supsup silo
    ./supsup train plants flowers --data './flowers?size=32'
    python3 samples/python/pictures.py --model plants --size 32 PICTURE... [--url http://127.0.0.1:8080] [--key KEY]
"""

import argparse
import json
import urllib.error
import urllib.request

from PIL import Image, ImageOps


def planes(path, size, mode):
    """The pixels of a picture as a silo takes them: one plane after another for each channel."""
    picture = ImageOps.fit(ImageOps.exif_transpose(Image.open(path)).convert(mode), (size, size))
    return b"".join(channel.tobytes() for channel in picture.split())


def main():
    parser = argparse.ArgumentParser(description="Tells task and class of pictures.")
    parser.add_argument("pictures", nargs="+", metavar="PICTURE")
    parser.add_argument("--model", required=True)
    parser.add_argument("--size", type=int, default=32, help="the side that the model's pictures have")
    parser.add_argument("--grey", action="store_true", help="of one channel instead of three")
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--key", help="an API key, where the silo asks for one")
    options = parser.parse_args()

    pixels = b"".join(planes(path, options.size, "L" if options.grey else "RGB") for path in options.pictures)
    rows = len(options.pictures)
    request = json.dumps({"inputs": [{
        "name": "input", "datatype": "UINT8", "shape": [rows, len(pixels) // rows], "parameters": {"binary_data_size": len(pixels)},
    }]}).encode()
    headers = {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(request))}
    if options.key:
        headers["Authorization"] = f"Bearer {options.key}"
    try:
        with urllib.request.urlopen(urllib.request.Request(
                f"{options.url.rstrip('/')}/v2/models/{options.model}/infer", request + pixels, headers), timeout=60) as answer:
            outputs = {output["name"]: output["data"] for output in json.load(answer)["outputs"]}
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{error.code}: {json.load(error)['detail']}") from None
    except urllib.error.URLError as error:
        raise SystemExit(f"no silo at {options.url} ({error.reason}); start one: ./supsup silo") from None

    for row, path in enumerate(options.pictures):
        task = outputs.get("task_name", [""] * rows)[row] or f"task {outputs['task'][row]}"
        name = outputs.get("class_name", [""] * rows)[row] or f"class {outputs['class'][row]}"
        print(f"{path}: {task}, {name} (task {outputs['confidence'][row]:.1%} sure)")


if __name__ == "__main__":
    main()
