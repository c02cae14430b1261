#!/usr/bin/env python3
"""Asks a silo over gRPC by the stubs of the Open Inference Protocol, as KServe's clients do, which task and class rows of numbers have.
The stubs are made of the protocol's own file, specification/protocol/open_inference_grpc.proto of kserve/open-inference-protocol:

    python3 -m grpc_tools.protoc -I FOLDER --python_out=stubs --grpc_python_out=stubs open_inference_grpc.proto
    PYTHONPATH=stubs python3 samples/python/kserve_grpc.py --model NAME [--grpc 127.0.0.1:9000] [--key KEY]
"""

import argparse
import struct
import sys

try:
    import grpc
    import open_inference_grpc_pb2 as protocol
    from open_inference_grpc_pb2_grpc import GRPCInferenceServiceStub
except ImportError as error:
    raise SystemExit(f"{error}\ninstall grpcio and protobuf, make the stubs and name their folder in PYTHONPATH; {__doc__}") from None

ROWS = 2


def main():
    parser = argparse.ArgumentParser(description="Asks a silo by the stubs of the Open Inference Protocol.")
    parser.add_argument("--grpc", default="127.0.0.1:9000", help="host and port of gRPC")
    parser.add_argument("--model", required=True)
    parser.add_argument("--key", help="an API key, where the silo asks for one")
    options = parser.parse_args()
    key = [("authorization", f"Bearer {options.key}")] if options.key else []

    with grpc.insecure_channel(options.grpc) as channel:
        silo = GRPCInferenceServiceStub(channel)
        print("live", silo.ServerLive(protocol.ServerLiveRequest()).live, "ready", silo.ServerReady(protocol.ServerReadyRequest()).ready)
        model = silo.ModelMetadata(protocol.ModelMetadataRequest(name=options.model), metadata=key)
        inputs = model.inputs[0].shape[1]
        print(model.name, "takes", inputs, "inputs")

        # Values of a made-up row as the network sees them, once as numbers and once as bytes.
        values = [(n % 7 - 3) / 3 for n in range(ROWS * inputs)]
        request = protocol.ModelInferRequest(model_name=options.model, id="typed")
        tensor = request.inputs.add(name="input", datatype="FP32", shape=[ROWS, inputs])
        request.outputs.add(name="task")
        request.outputs.add(name="class")
        tensor.contents.fp32_contents.extend(values)
        typed = [list(output.contents.int64_contents) for output in silo.ModelInfer(request, metadata=key).outputs]
        tensor.ClearField("contents")
        request.id = "raw"
        request.raw_input_contents.append(struct.pack(f"<{len(values)}f", *values))
        raw = [list(struct.unpack(f"<{ROWS}q", content)) for content in silo.ModelInfer(request, metadata=key).raw_output_contents]
        print("tasks", typed[0], "classes", typed[1])
        if typed != raw:
            raise SystemExit(f"the answers differ: {typed}, {raw}")
        print("numbers and bytes are answered alike")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except grpc.RpcError as error:
        raise SystemExit(f"{error.code().name}: {error.details()}") from None
