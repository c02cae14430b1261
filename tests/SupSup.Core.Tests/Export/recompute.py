"""Recomputes the logits of one input from an exported model, with nothing but the standard library.

Usage: recompute.py MODEL.safetensors TASK < input.json > logits.json
"""
import json
import struct
import sys


def main(path, task):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()

    def rows(name):
        entry = header[name]
        start, end = entry["data_offsets"]
        outputs, inputs = entry["shape"]
        letter = {"F32": "f", "U8": "B"}[entry["dtype"]]
        values = struct.unpack(f"<{outputs * inputs}{letter}", data[start:end])
        return [values[j * inputs:(j + 1) * inputs] for j in range(outputs)]

    activations = json.load(sys.stdin)
    layers = sum(name.endswith(".weight") for name in header)
    for layer in range(layers):
        if layer:
            activations = [max(0.0, z) for z in activations]
        weights = rows(f"layer{layer}.weight")
        masks = rows(f"task{task}.layer{layer}.mask")
        activations = [sum(w * m * a for w, m, a in zip(weight, mask, activations)) for weight, mask in zip(weights, masks)]
    json.dump(activations, sys.stdout)


main(sys.argv[1], sys.argv[2])
