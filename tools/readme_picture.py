#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the picture of the README: frames of the demonstration, original above, re-dubbed below.

usage: tools/readme_picture.py [FOLDER [OUT]]

FOLDER holds video.mp4 and out.mp4, as "./hyperlips redub" without files leaves them in hyperlips-demo
(the default). OUT is a .webp or .png file, docs/images/redub.webp by default. GStreamer decodes and
encodes; needs gst-launch-1.0 with the plugins that set-up installs.

Rule for the frames: the clip is cut into COLUMNS parts of equal length, and of each part the frame is
taken whose mouth differs most between the two videos. Nothing but cropping and joining is done to them.
"""
import pathlib
import subprocess
import sys
import tempfile

# Size of the videos of the demonstration.
WIDTH, HEIGHT = 640, 480
# The face of its person: x, y, width and height of what is shown. The width is a multiple of 4.
CROP = (142, 136, 204, 224)
# The mouth of its person, which is compared.
MOUTH = (186, 256, 112, 84)
COLUMNS = 7
GAP = 4
BACKGROUND = b"\xff\xff\xff"


def launch(*elements):
    subprocess.run(["gst-launch-1.0", "--quiet", *" ! ".join(elements).split()], check=True)


def frames_of(video, folder):
    """All frames of a video as RGB bytes, rows without padding."""
    raw = folder / f"{video.stem}.rgb"
    # The demonstration's file names hold no spaces or quotes, but its folder may.
    link = folder / f"{video.stem}-link.mp4"
    link.symlink_to(video.resolve())
    launch(f"filesrc location={link}", "decodebin", "videoconvert",
           f"video/x-raw,format=RGB,width={WIDTH},height={HEIGHT}", f"filesink location={raw}")
    data, size = raw.read_bytes(), WIDTH * HEIGHT * 3
    return [data[start:start + size] for start in range(0, len(data), size)]


def rows(frame, box):
    x, y, width, height = box
    return [frame[(line * WIDTH + x) * 3:(line * WIDTH + x + width) * 3] for line in range(y, y + height)]


def difference(first, second):
    return sum(abs(a - b) for one, other in zip(rows(first, MOUTH), rows(second, MOUTH))
               for a, b in zip(one, other))


def choose(original, redubbed):
    """The numbers of the frames that are shown."""
    count = min(len(original), len(redubbed))
    edges = [count * column // COLUMNS for column in range(COLUMNS + 1)]
    return [max(range(start, end), key=lambda n: difference(original[n], redubbed[n]))
            for start, end in zip(edges, edges[1:])]


def sheet(*strips):
    """Strips of frames above each other: width, height, RGB bytes."""
    gap = BACKGROUND * GAP
    lines = []
    for strip in strips:
        if lines:
            lines += [BACKGROUND * (len(lines[0]) // 3)] * GAP
        lines += [gap.join(parts) for parts in zip(*(rows(frame, CROP) for frame in strip))]
    return len(lines[0]) // 3, len(lines), b"".join(lines)


def main():
    if len(sys.argv) > 3 or "--help" in sys.argv:
        sys.exit(__doc__)
    demo = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "hyperlips-demo")
    out = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "docs/images/redub.webp")
    for name in ("video.mp4", "out.mp4"):
        if not (demo / name).exists():
            sys.exit(f"'{demo / name}' not found. Run ./hyperlips redub without files first.")
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        original, redubbed = (frames_of(demo / name, folder) for name in ("video.mp4", "out.mp4"))
        numbers = choose(original, redubbed)
        width, height, data = sheet([original[n] for n in numbers], [redubbed[n] for n in numbers])
        (folder / "sheet.rgb").write_bytes(data)
        encoder = "pngenc" if out.suffix == ".png" else "webpenc quality=85"
        launch(f"filesrc location={folder / 'sheet.rgb'} blocksize={len(data)}",
               f"rawvideoparse format=rgb width={width} height={height} framerate=1/1", "videoconvert", encoder,
               f"filesink location={folder / 'sheet'}")
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes((folder / "sheet").read_bytes())
    print(f"{out}: {width}x{height}, {out.stat().st_size} bytes, frames {', '.join(map(str, numbers))}")


if __name__ == "__main__":
    main()
