#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Converts the face models of a mediapipe wheel to ONNX files.

usage: convert_face_models.py WHEEL OUTDIR

WHEEL is the archive of mediapipe 0.10.21 (Apache-2.0); it is only read, not installed. OUTDIR gets
  face_detection.onnx        BlazeFace, short range: input (1, 3, 128, 128)
  face_mesh.onnx             FaceMesh with attention up to its custom operations: input (1, 3, 192, 192)
  face_mesh_{lips,left_eye,right_eye}.onnx   its region networks: input (1, 32, 16, 16)
  face_mesh.json             the parameters of the custom operations, one object per region
  stamp.json                 SHA-256 of the sources and of the files
Needs the Python packages tflite, onnx and numpy. Does nothing when OUTDIR is up to date.
"""
import hashlib
import json
import os
import sys
import tempfile
import zipfile

DETECTOR = ("mediapipe/modules/face_detection/face_detection_short_range.tflite",
            "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8")
MESH = ("mediapipe/modules/face_landmark/face_landmark_with_attention.tflite",
        "e06a804e0144f9929eda782122916b35d60c697c3c9344013ca2bbe76a6ce2b4")
REGIONS = ("lips", "left_eye", "right_eye")
STAMP = "stamp.json"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read_models(wheel):
    """The two model files of the wheel, verified."""
    models = []
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member, expected in (DETECTOR, MESH):
                data = archive.read(member)
                if sha256(data) != expected:
                    sys.exit(f"'{wheel}': {member} has the SHA-256 {sha256(data)}, expected {expected}; "
                             "use the wheel of mediapipe 0.10.21")
                models.append(data)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        sys.exit(f"'{wheel}' is not a valid wheel of mediapipe 0.10.21: {error}")
    return models


def is_current(outdir, sources):
    """Whether the stamp in outdir names these sources and every file that it lists is intact."""
    try:
        with open(os.path.join(outdir, STAMP), encoding="utf-8") as file:
            stamp = json.load(file)
        if stamp["sources"] != sources:
            return False
        for name, expected in stamp["files"].items():
            with open(os.path.join(outdir, name), "rb") as file:
                if sha256(file.read()) != expected:
                    return False
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


class TfliteGraph:
    """The first subgraph of a .tflite file, and its conversion to ONNX in NCHW layout."""

    def __init__(self, data):
        import numpy
        import tflite
        self.np = numpy
        self.tflite = tflite
        self.model = tflite.Model.GetRootAsModel(data, 0)
        self.graph = self.model.Subgraphs(0)
        self.names = {value: name for name, value in vars(tflite.BuiltinOperator).items()
                      if isinstance(value, int)}
        self.ops = [self.graph.Operators(i) for i in range(self.graph.OperatorsLength())]
        self.producer = {int(t): op for op in self.ops for t in op.OutputsAsNumpy()}

    def kind(self, op):
        code = self.model.OperatorCodes(op.OpcodeIndex())
        name = self.names[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        return code.CustomCode().decode() if name == "CUSTOM" else name

    def of_kind(self, name):
        return [op for op in self.ops if self.kind(op) == name]

    def inputs(self, op):
        return [int(t) for t in op.InputsAsNumpy()]

    def output(self, op):
        return int(op.OutputsAsNumpy()[0])

    def shape(self, tensor):
        return [int(n) for n in self.graph.Tensors(tensor).ShapeAsNumpy()]

    def by_name(self, name):
        """The graph output of that name."""
        for tensor in self.graph.OutputsAsNumpy():
            if self.graph.Tensors(int(tensor)).Name().decode() == name:
                return int(tensor)
        raise ValueError(f"output {name} not found in the model")

    def constant(self, tensor):
        """The value of a constant, fp16 weights widened to fp32; None for anything computed."""
        op = self.producer.get(tensor)
        if op is not None:
            return self.constant(self.inputs(op)[0]) if self.kind(op) == "DEQUANTIZE" else None
        info = self.graph.Tensors(tensor)
        buffer = self.model.Buffers(info.Buffer())
        if not buffer.DataLength():
            return None
        types = {self.tflite.TensorType.FLOAT32: self.np.float32,
                 self.tflite.TensorType.FLOAT16: self.np.float16,
                 self.tflite.TensorType.INT32: self.np.int32}
        value = self.np.frombuffer(buffer.DataAsNumpy().tobytes(), types[info.Type()])
        value = value.reshape(self.shape(tensor))
        return value.astype(self.np.float32) if value.dtype == self.np.float16 else value

    def options(self, op, kind):
        options = kind()
        table = op.BuiltinOptions()
        options.Init(table.Bytes, table.Pos)
        return options

    def to_onnx(self, source, outputs):
        """Serializes the part from tensor `source` to `outputs` (name -> tensor)."""
        return OnnxWriter(self, source).write(outputs)


class OnnxWriter:
    """Emits ONNX nodes for a part of a TfliteGraph. Four-dimensional tensors become NCHW."""

    def __init__(self, graph, source):
        import onnx
        self.onnx = onnx
        self.g = graph
        self.np = graph.np
        self.source = source
        self.nodes = []
        self.weights = []
        self.done = {source: "input"}

    def write(self, outputs):
        helper = self.onnx.helper
        for name, tensor in outputs.items():
            self.nodes.append(helper.make_node("Identity", [self.emit(tensor)], [name]))
        shape = self.g.shape(self.source)
        value_info = [helper.make_tensor_value_info(name, self.onnx.TensorProto.FLOAT,
                                                    self.nchw(self.g.shape(tensor)))
                      for name, tensor in outputs.items()]
        graph = helper.make_graph(
            self.nodes, "face",
            [helper.make_tensor_value_info("input", self.onnx.TensorProto.FLOAT, self.nchw(shape))],
            value_info, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 10)],
                                  producer_name="hyperlips")
        model.ir_version = 5
        self.onnx.checker.check_model(model)
        return model.SerializeToString(deterministic=True)

    @staticmethod
    def nchw(shape):
        return [shape[0], shape[3], shape[1], shape[2]] if len(shape) == 4 else shape

    def node(self, kind, inputs, **attributes):
        name = f"t{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(kind, inputs, [name], **attributes))
        return name

    def weight(self, value):
        name = f"w{len(self.weights)}"
        value = self.np.ascontiguousarray(value)
        self.weights.append(self.onnx.numpy_helper.from_array(value, name))
        return name

    def emit(self, tensor):
        if tensor not in self.done:
            op = self.g.producer[tensor]
            handler = getattr(self, self.g.kind(op).lower(), None)
            if handler is None:
                raise ValueError(f"unsupported operation {self.g.kind(op)}")
            self.done[tensor] = handler(op)
        return self.done[tensor]

    def activate(self, name, code):
        kinds = self.g.tflite.ActivationFunctionType
        if code == kinds.NONE:
            return name
        if code == kinds.RELU:
            return self.node("Relu", [name])
        raise ValueError(f"unsupported activation {code}")

    def spatial(self, op, options, kernel, name):
        """Kernel and strides as attributes, padding made explicit: TensorFlow's SAME is asymmetric
        at stride 2, which becomes a Pad node."""
        strides = [options.StrideH(), options.StrideW()]
        if options.Padding() == self.g.tflite.Padding.SAME:
            height, width = self.g.shape(self.g.inputs(op)[0])[1:3]
            pads = [max((-(-n // s) - 1) * s + k - n, 0)
                    for n, s, k in zip((height, width), strides, kernel)]
            begin = [p // 2 for p in pads]
            end = [p - b for p, b in zip(pads, begin)]
            if begin != end:
                name = self.node("Pad", [name], mode="constant", value=0.0,
                                 pads=[0, 0, *begin, 0, 0, *end])
                begin = end = [0, 0]
        else:
            begin = end = [0, 0]
        return name, {"kernel_shape": kernel, "strides": strides, "pads": [*begin, *end]}

    def convolution(self, op, options, weights, group):
        x, _, bias = self.g.inputs(op)
        name, attributes = self.spatial(op, options, list(weights.shape[2:]), self.emit(x))
        dilations = [options.DilationHFactor(), options.DilationWFactor()]
        if dilations != [1, 1]:
            raise ValueError("unsupported: dilated convolution")
        result = self.node("Conv", [name, self.weight(weights), self.weight(self.g.constant(bias))],
                           group=group, **attributes)
        return self.activate(result, options.FusedActivationFunction())

    def conv_2d(self, op):
        weights = self.g.constant(self.g.inputs(op)[1]).transpose(0, 3, 1, 2)
        return self.convolution(op, self.g.options(op, self.g.tflite.Conv2DOptions), weights, 1)

    def depthwise_conv_2d(self, op):
        weights = self.g.constant(self.g.inputs(op)[1]).transpose(3, 0, 1, 2)
        return self.convolution(op, self.g.options(op, self.g.tflite.DepthwiseConv2DOptions),
                                weights, weights.shape[0])

    def max_pool_2d(self, op):
        options = self.g.options(op, self.g.tflite.Pool2DOptions)
        kernel = [options.FilterHeight(), options.FilterWidth()]
        name, attributes = self.spatial(op, options, kernel, self.emit(self.g.inputs(op)[0]))
        return self.activate(self.node("MaxPool", [name], **attributes),
                             options.FusedActivationFunction())

    def add(self, op):
        names = [self.emit(t) for t in self.g.inputs(op)]
        options = self.g.options(op, self.g.tflite.AddOptions)
        return self.activate(self.node("Add", names), options.FusedActivationFunction())

    def relu(self, op):
        return self.node("Relu", [self.emit(self.g.inputs(op)[0])])

    def prelu(self, op):
        x, slope = self.g.inputs(op)
        return self.node("PRelu", [self.emit(x),
                                   self.weight(self.g.constant(slope).reshape(-1, 1, 1))])

    def pad(self, op):
        x, amounts = self.g.inputs(op)
        rows = self.g.constant(amounts)[[0, 3, 1, 2]]
        return self.node("Pad", [self.emit(x)], mode="constant", value=0.0,
                         pads=[int(n) for n in (*rows[:, 0], *rows[:, 1])])

    def reshape(self, op):
        x = self.g.inputs(op)[0]
        name = self.emit(x)
        if len(self.g.shape(x)) == 4 and self.g.shape(x)[1:3] != [1, 1]:
            name = self.node("Transpose", [name], perm=[0, 2, 3, 1])
        shape = self.np.array(self.g.shape(self.g.output(op)), self.np.int64)
        return self.node("Reshape", [name, self.weight(shape)])

    def concatenation(self, op):
        options = self.g.options(op, self.g.tflite.ConcatenationOptions)
        if any(len(self.g.shape(t)) == 4 for t in self.g.inputs(op)):
            raise ValueError("unsupported: concatenation of images")
        names = [self.emit(t) for t in self.g.inputs(op)]
        return self.node("Concat", names, axis=options.Axis())


def convert_detector(data):
    graph = TfliteGraph(data)
    outputs = {name: graph.by_name(name) for name in ("regressors", "classificators")}
    return {"face_detection.onnx": graph.to_onnx(int(graph.graph.Inputs(0)), outputs)}


def convert_mesh(data):
    """Cuts the network at its custom operations, which the library computes itself."""
    from flatbuffers import flexbuffers
    graph = TfliteGraph(data)

    def raw(tensor):
        """Skips operations that change no values and need no node."""
        op = graph.producer[tensor]
        if graph.kind(op) in ("RESHAPE", "STRIDED_SLICE"):
            return raw(graph.inputs(op)[0])
        return tensor

    files = {}
    regions = []
    features = set()
    for name, matrix_op in zip(REGIONS, graph.of_kind("Landmarks2TransformMatrix"), strict=True):
        matrix = graph.output(matrix_op)
        sample = [op for op in graph.of_kind("TransformTensorBilinear")
                  if graph.inputs(op)[1] == matrix]
        scaled = [graph.output(op) for op in graph.of_kind("MUL") if matrix in graph.inputs(op)]
        points = [raw(graph.inputs(op)[0]) for op in graph.of_kind("TransformLandmarks")
                  if graph.inputs(op)[1] in scaled]
        if len(sample) != 1 or len(points) != (1 if name == "lips" else 2):
            raise ValueError(f"unexpected operations in region {name}")
        features.add(graph.inputs(sample[0])[0])
        outputs = dict(zip(("points", "iris"), points))
        files[f"face_mesh_{name}.onnx"] = graph.to_onnx(graph.output(sample[0]), outputs)

        options = flexbuffers.Loads(bytes(matrix_op.CustomOptionsAsNumpy()))
        regions.append({"name": name, "file": f"face_mesh_{name}.onnx",
                        "rotation_from": options["left_rotation_idx"],
                        "rotation_to": options["right_rotation_idx"],
                        "scale": [options["scale_x"], options["scale_y"]],
                        "subset": options["subset_idxs"]})
    (feature_map,) = features
    outputs = {"mesh": raw(graph.by_name("output_mesh_identity")), "features": feature_map,
               "presence": graph.by_name("conv_faceflag")}
    files["face_mesh.onnx"] = graph.to_onnx(int(graph.graph.Inputs(0)), outputs)
    files["face_mesh.json"] = json.dumps({"regions": regions}).encode() + b"\n"
    return files


def write_files(outdir, sources, files):
    """Writes each file atomically, the stamp last."""
    os.makedirs(outdir, exist_ok=True)
    stamp = {"sources": sources, "files": {name: sha256(data) for name, data in files.items()}}
    files = {**files, STAMP: json.dumps(stamp, indent=1).encode() + b"\n"}
    for name, data in files.items():
        descriptor, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=outdir)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            os.chmod(temporary, 0o644)
            os.replace(temporary, os.path.join(outdir, name))
        except BaseException:
            os.unlink(temporary)
            raise


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    wheel, outdir = sys.argv[1:]
    detector, mesh = read_models(wheel)
    with open(__file__, "rb") as script:
        sources = {"script": sha256(script.read()), DETECTOR[0]: sha256(detector),
                   MESH[0]: sha256(mesh)}
    if is_current(outdir, sources):
        print(f"The face models in '{outdir}' are up to date.")
        return
    try:
        files = {**convert_detector(detector), **convert_mesh(mesh)}
    except ImportError as error:
        sys.exit(f"{error}; install the Python packages tflite, onnx and numpy")
    write_files(outdir, sources, files)
    print(f"Wrote {len(files)} face model files to '{outdir}'.")


if __name__ == "__main__":
    main()
