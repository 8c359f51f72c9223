#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Re-dubs files of many kinds and checks frames, durations, the offset between picture and sound, orientation
and messages of the results. The program ffmpeg makes the files and reads the results.

usage: test_inputs.py HYPERLIPS_REDUB MODEL [NAME...]

Each clip lasts two seconds; at one second a frame is white and a click sounds (a clap). It is re-dubbed with its own
sound, so that the clap must stay together. To add a kind of file, add a row to CLIPS, SPEECHES or REFUSED.
"""
import array
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

SKIPPED = 77  # exit status that Meson shows as skipped
TOLERANCE = 0.005  # seconds between flash and click

PICTURE = ["-f", "lavfi", "-i", "color=c=0x202020:s=160x120:r=25:d=2,"
           "drawbox=w=iw:h=ih:t=fill:c=white:enable='eq(n,25)'"]
CLICK = "'if(between(t,1,1.02),0.8*sin(2000*PI*t),0)'"
SOUND = ["-f", "lavfi", "-i", f"aevalsrc=exprs={CLICK}:s=48000:d=2"]
H264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p"]
CLAP = PICTURE + SOUND + H264 + ["-c:a", "aac"]


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL)


# --- Makers: each writes the file `path` -------------------------------------------------------------------


def made_with(*arguments):
    return lambda path: ffmpeg(*arguments, path)


def copied(*options, before=()):
    """A copy of a clap in MP4 without encoding."""
    def make(path):
        whole = path.with_name("whole.mp4")
        ffmpeg(*CLAP, "-g", "250", whole)
        ffmpeg(*before, "-i", whole, "-c", "copy", *options, path)
    return make


def boxes(data, start, end, path=()):
    """The offsets of the boxes of an MP4 file with this path of types."""
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        if kind == path[0]:
            if len(path) == 1:
                yield start
            else:
                yield from boxes(data, start + 8, start + size, path[1:])
        start += max(size, 8)


def with_two_edits(path):
    """Shows 0.8 ... 1.2 s and then 1.6 ... 2 s: the second edit is added to each track's edit list."""
    ffmpeg(*CLAP, "-g", "5", "-bf", "0", path)
    data = bytearray(path.read_bytes())
    for number in (1, 0):
        trak = list(boxes(data, 0, len(data), (b"moov", b"trak")))[number]
        size = struct.unpack_from(">I", data, trak)[0]
        units = struct.unpack_from(">I", data, next(boxes(data, trak + 8, trak + size, (b"mdia", b"mdhd"))) + 20)[0]
        edts = next(boxes(data, trak + 8, trak + size, (b"edts",)))
        elst = edts + 8
        delay = struct.unpack_from(">i", data, elst + 20)[0]
        entries = b"".join(struct.pack(">IiI", 400, delay + int(begin * units), 0x10000) for begin in (0.8, 1.6))
        new = struct.pack(">I4sII", 16 + len(entries), b"elst", 0, 2) + entries
        old = struct.unpack_from(">I", data, elst)[0]
        data[elst:elst + old] = new
        for parent in (edts, trak, next(boxes(data, 0, len(data), (b"moov",)))):
            struct.pack_into(">I", data, parent, struct.unpack_from(">I", data, parent)[0] + len(new) - old)
    path.write_bytes(data)


def cut_short(path):
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=2", *SOUND, *H264, "-c:a", "aac", "-movflags",
           "+faststart", path)
    data = path.read_bytes()
    path.write_bytes(data[:len(data) * 6 // 10])


def glued(path):
    ffmpeg(*SOUND, path)
    path.write_bytes(path.read_bytes() * 2)


# --- Rows ---------------------------------------------------------------------------------------------------

# name: how it is made, frames and seconds of the result, further expectations:
#   flash: seconds; words: parts of the warnings; width, height; options of the command
CLIPS = {
    "plain.mp4": (made_with(*CLAP), 50, 2, {}),
    "matroska.mkv": (copied(), 50, 2, {}),
    "stream.ts": (copied(), 50, 2, {}),
    "cut.mp4": (copied(before=("-ss", "0.7")), 32, 1.3, {"flash": 0.3}),
    "mostly-hidden.mp4": (copied(before=("-ss", "0.92")), 27, 1.08, {"flash": 0.08}),
    "bframes.avi": (made_with(*PICTURE, *SOUND, "-c:v", "mpeg4", "-bf", "2", "-c:a", "pcm_s16le"), 50, 2, {}),
    "vp9.webm": (made_with(*PICTURE, *SOUND, "-c:v", "libvpx-vp9", "-c:a", "libopus"), 50, 2, {"offset": 0.008}),
    "five-channels.mp4": (made_with(*PICTURE, "-f", "lavfi", "-i",
                                    "aevalsrc=exprs=" + "|".join([CLICK] * 6) + ":s=48000:d=2:c=5.1",
                                    *H264, "-c:a", "aac"), 50, 2, {}),
    "interlaced.mp4": (made_with(*PICTURE, *SOUND, *H264, "-c:a", "aac", "-flags", "+ildct+ilme", "-x264opts",
                                 "tff=1"), 50, 2, {"words": ["interlaced"]}),
    "turned.mp4": (copied("-metadata:s:v", "rotate=90"), 50, 2, {"width": 120, "height": 160}),
    "two-edits.mp4": (with_two_edits, 20, 0.8, {"flash": 0.2, "offset": 0.03}),
    # The times of some frames only.
    "dvd.vob": (made_with(*PICTURE, *SOUND, "-c:v", "mpeg2video", "-bf", "2", "-flags", "+ildct+ilme", "-top", "1",
                          "-c:a", "ac3", "-f", "vob"), 50, 2, {"words": ["interlaced"]}),
    "cut-short.mp4": (cut_short, None, None, {"words": ["ends early"]}),
}

# name: how it is made, seconds of sound in the result, when the click is heard, parts of the warnings
SPEECHES = {
    "priming.m4a": (made_with(*SOUND, "-c:a", "aac", "-ar", "24000"), 2, 1, []),
    "ima.wav": (made_with(*SOUND, "-c:a", "adpcm_ima_wav"), 2, 1, []),
    "g722.wav": (made_with(*SOUND, "-c:a", "g722", "-ar", "16000"), 2, 1, []),
    "late.m4a": (made_with("-itsoffset", "0.8", *SOUND, "-c:a", "aac"), 2.8, 1.8, []),
    "late.mkv": (made_with("-itsoffset", "0.8", *SOUND, "-c:a", "flac"), 2.8, 1.8, []),
    "midnight.mka": (made_with(*SOUND, "-c:a", "flac", "-output_ts_offset", "36000"), 2, 1, ["begins at"]),
    "glued.wav": (glued, 2, 1, ["Another file follows"]),
    "sixteen.wav": (made_with("-f", "lavfi", "-i", "aevalsrc=exprs=" + "|".join([CLICK] * 16) +
                              ":s=48000:d=2:c=hexadecagonal"), 2, 1, ["16 channels", "mixed down"]),
    "two-and-bass.wav": (made_with("-f", "lavfi", "-i", "aevalsrc=exprs=" + "|".join([CLICK] * 3) +
                                   ":s=48000:d=2:c=2.1"), 2, 1, ["from 2.1 to 3.0"]),
    "-": (made_with(*SOUND), 2, 1, []),
    "pipe": (made_with(*SOUND), 2, 1, []),
}

# name of VIDEO: how it is made, parts of the message
REFUSED = {
    "drm.mp4": (made_with(*CLAP, "-encryption_scheme", "cenc-aes-ctr", "-encryption_key",
                          "00112233445566778899aabbccddeeff", "-encryption_kid",
                          "112233445566778899aabbccddeeff00"), ["encrypted"]),
    "moving.webp": (made_with(*PICTURE, "-c:v", "libwebp_anim"), ["animated WebP"]),
    "a.heic": (lambda path: path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), ["HEIC"]),
}


# --- Measurements -------------------------------------------------------------------------------------------


def measure(path):
    """Times of frames, flash and click of a file, and the end of its sound, in seconds."""
    times = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                            "frame=best_effort_timestamp_time,width,height", "-of", "csv=p=0", str(path)],
                           check=True, capture_output=True, text=True).stdout.split()
    frames = [line.split(",") for line in times]
    luma = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:v:0", "-vsync", "0", "-vf",
                           "scale=1:1:flags=area,format=gray", "-f", "rawvideo", "-"],
                          check=True, capture_output=True).stdout
    sound = array.array("f", subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a:0", "-af", "aresample=async=1:first_pts=0",
         "-ac", "1", "-ar", "48000", "-f", "f32le", "-"], check=True, capture_output=True).stdout)
    stamps = [float(next(value for value in frame if "." in value)) for frame in frames]
    sizes = [int(value) for value in frames[0] if value.isdigit()]
    flash = next((time for time, value in zip(stamps, luma) if value > 150), None)
    click = next((index / 48000 for index, value in enumerate(sound) if abs(value) > 0.05), None)
    return {"frames": len(stamps), "size": sizes, "flash": flash, "click": click,
            "sound_end": len(sound) / 48000}


class Runs:
    def __init__(self, program, model, folder):
        self.program, self.model, self.folder = program, model, folder
        self.problems = []
        self.name = ""

    def check(self, holds, what):
        if not holds:
            self.problems.append(f"{self.name}: {what}")
            print("  FAILED:", what)

    def redub(self, video, speech, *options, stdin=None):
        out, report = self.folder / "out.mkv", self.folder / "report.json"
        for file in (out, report):
            file.unlink(missing_ok=True)
        run = subprocess.run([self.program, str(video), str(speech), str(out), "--model", self.model, "--lossless",
                              "--json", str(report), *options], capture_output=True, text=True, timeout=300,
                             stdin=stdin or subprocess.DEVNULL)
        return run, out, json.loads(report.read_text()) if report.exists() else {}

    def clip(self, name, make, frames, seconds, more):
        path = self.folder / name
        make(path)
        run, out, report = self.redub(path, path, *more.get("options", []))
        self.check(run.returncode == 0, run.stderr)
        if run.returncode != 0:
            return
        found = measure(out)
        for word in more.get("words", []):
            self.check(word in " ".join(report["warnings"]), f"no warning with {word!r}: {report['warnings']}")
        if frames is None:
            return
        self.check(found["frames"] == frames, f"{found['frames']} frames instead of {frames}")
        self.check(abs(found["sound_end"] - seconds) < 0.06, f"{found['sound_end']} s of sound")
        if "width" in more:
            self.check(found["size"] == [more["width"], more["height"]], f"size {found['size']}")
        flash, click = found["flash"], found["click"]
        self.check(flash is not None and click is not None, "no flash or no click")
        if flash is None or click is None:
            return
        self.check(abs(flash - more.get("flash", 1)) < 0.05, f"flash at {flash}")
        self.check(abs(flash - click) < more.get("offset", TOLERANCE), f"flash at {flash}, click at {click}")

    def speech(self, name, make, seconds, click, words):
        video = self.folder / "video.mp4"
        ffmpeg(*PICTURE, *H264, video)
        path = self.folder / (name if name not in ("-", "pipe") else "input.wav")
        make(path)
        if name == "-":
            with path.open("rb") as stdin:
                run, out, report = self.redub(video, "-", stdin=stdin)
        elif name == "pipe":
            cat = subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE)
            run, out, report = self.redub(video, "/dev/stdin", stdin=cat.stdout)
            cat.wait()
        else:
            run, out, report = self.redub(video, path)
        self.check(run.returncode == 0, run.stderr)
        if run.returncode != 0:
            return
        found = measure(out)
        self.check(abs(found["sound_end"] - seconds) < 0.045, f"{found['sound_end']} s of sound")
        self.check(found["click"] is not None and abs(found["click"] - click) < TOLERANCE,
                   f"click at {found['click']} instead of {click}")
        for word in words:
            self.check(word in " ".join(report["warnings"]), f"no warning with {word!r}: {report['warnings']}")

    def refused(self, name, make, words):
        path = self.folder / name
        make(path)
        run, out, _ = self.redub(path, path)
        self.check(run.returncode == 1 and not out.exists(), f"exit status {run.returncode}")
        for word in [name, *words]:
            self.check(word in run.stderr, run.stderr)


def main():
    if not shutil.which("ffmpeg"):
        print("the program ffmpeg is not installed")
        return SKIPPED
    program, model, *names = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        if pathlib.Path(model).name.startswith("make-media"):
            subprocess.run([model, folder], check=True)
            model = str(pathlib.Path(folder) / "hyperlips-base.safetensors")
        runs = Runs(program, model, pathlib.Path(folder))
        for rows, test in ((CLIPS, runs.clip), (SPEECHES, runs.speech), (REFUSED, runs.refused)):
            for name, row in rows.items():
                if names and name not in names:
                    continue
                runs.name = name
                print(name, flush=True)
                test(name, *row)
    print(f"{len(runs.problems)} problems", *runs.problems, sep="\n  ")
    return 1 if runs.problems else 0


if __name__ == "__main__":
    sys.exit(main())
