#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes what the Python package mediapipe 0.10.21 computes.

tracking.json: landmarks of its FaceMesh in tracking mode. sketch.png: its drawing of those of the
first drawn frame, stretched to 128x128 pixels.

usage: reference.py DRAWN REAL

DRAWN: the folder that `HYPERLIPS_WRITE_FRAMES=DRAWN test-face-tracker` fills with the drawn frames.
REAL: the folder with the reference frames NAME_INDEX.png; each is shown three times.
"""
import json
import pathlib
import re
import sys

import cv2
import mediapipe
import numpy
from mediapipe.framework.formats import landmark_pb2


def landmarks(files):
    """The 478 points of each file, followed from the first on; pixels to two decimals."""
    with mediapipe.solutions.face_mesh.FaceMesh(
            static_image_mode=False, max_num_faces=1, refine_landmarks=True) as mesh:
        result = []
        for file in files:
            picture = cv2.imread(str(file))
            height, width = picture.shape[:2]
            face = mesh.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).multi_face_landmarks[0]
            result.append([[round(p.x * width, 2), round(p.y * height, 2)]
                           for p in face.landmark])
        return result


def sketch(points, width, height):
    """The landmark sketch as HyperLips draws it, with the lines of lib/hyperlips/face/mesh_topology.hpp."""
    header = pathlib.Path(__file__).parents[3] / "lib/hyperlips/face/mesh_topology.hpp"
    lines = [(int(a), int(b)) for a, b in re.findall(r"\{(\d+), (\d+)\}", header.read_text())]
    landmark_list = landmark_pb2.NormalizedLandmarkList(
        landmark=[landmark_pb2.NormalizedLandmark(x=x / width, y=y / height) for x, y in points])
    canvas = numpy.zeros((128, 128, 3), numpy.uint8)
    utils = mediapipe.solutions.drawing_utils
    utils.draw_landmarks(canvas, landmark_list, lines, None,
                         utils.DrawingSpec(color=(255, 255, 255), thickness=6))
    return canvas[..., 0]


drawn, real = map(pathlib.Path, sys.argv[1:])
frames = sorted(drawn.glob("*.png"))
points = landmarks(frames)
data = {"drawn": {str(i): points[i] for i in range(0, len(frames), 5)},
        "real": {file.stem: landmarks([file] * 3)[-1] for file in sorted(real.glob("*.png"))}}
pathlib.Path(__file__).with_name("tracking.json").write_text(
    json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
height, width = cv2.imread(str(frames[0])).shape[:2]
cv2.imwrite(str(pathlib.Path(__file__).with_name("sketch.png")), sketch(points[0], width, height))
