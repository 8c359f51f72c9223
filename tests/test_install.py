#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Installs into a scratch folder and uses what lies there: pkg-config, headers, libraries, plugins,
programs. Builds and runs the examples as a user would.

usage: test_install.py SOURCE_ROOT BUILD_ROOT
"""
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

# Each example with the packages that its first lines name and further libraries.
EXAMPLES = {
    "redub_pipeline": (["gstreamer-1.0"], []),
    "generate_face": (["hyperlips-1.0"], ["-lopencv_imgcodecs"]),
    "talking_head": (["hyperlips-synth-1.0"], ["-lopencv_imgcodecs"]),
}


def run(*command, **kwargs):
    print("+", shlex.join(command), flush=True)
    return subprocess.run(command, check=True, text=True, **kwargs)


def expect(condition, message):
    if not condition:
        sys.exit(message)


class Installed:
    """The installed tree. Nothing of the checkout helps it but OpenVINO and LibTorch, which are not installed."""

    def __init__(self, build, stage):
        self.stage = stage
        run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", str(stage))
        self.libraries = self.only("hyperlips-1.0.pc").parent.parent
        self.plugins = self.only("libgsthyperlips.so").parent
        self.prefix = self.relocate()
        self.env = {**os.environ, "GST_PLUGIN_PATH": str(self.plugins),
                    "GST_REGISTRY": str(stage / "registry.bin"),
                    "HYPERLIPS_FACE_MODELS": str(self.only("face_detection.onnx").parent),
                    "HYPERLIPS_SPEECH_TO_MOUTH": str(self.only("speech-to-mouth.safetensors")),
                    "PKG_CONFIG_PATH": str(self.libraries / "pkgconfig")}
        for name in ("LD_LIBRARY_PATH", "HYPERLIPS_BACKENDS"):
            self.env.pop(name, None)

    def only(self, pattern):
        found = sorted(self.stage.rglob(pattern))
        expect(len(found) == 1, f"expected one {pattern} in the installed tree, found {[str(p) for p in found]}")
        return found[0]

    def relocate(self):
        """Points the .pc files to the scratch folder and returns the prefix there."""
        prefix = None
        for pc in self.stage.rglob("hyperlips*.pc"):
            lines = pc.read_text(encoding="utf-8").splitlines()
            for i, line in enumerate(lines):
                if line.startswith("prefix="):
                    prefix = pathlib.Path(str(self.stage) + line.removeprefix("prefix="))
                    lines[i] = f"prefix={prefix}"
            pc.write_text("\n".join(lines) + "\n", encoding="utf-8")
        expect(prefix, "no .pc file has a prefix")
        return prefix

    def flags(self, *arguments):
        return shlex.split(run("pkg-config", *arguments, capture_output=True, env=self.env).stdout)

    def compile(self, *arguments):
        run(os.environ.get("CXX", "c++"), "-std=c++20", *arguments)


def check_include_root(tree):
    """One -I for users, so that no header of ours hides another one."""
    roots = [flag for flag in tree.flags("--cflags", "hyperlips-1.0") if flag.startswith("-I")]
    expected = [f"-I{tree.prefix / 'include/hyperlips-1.0'}"]
    expect(roots == expected, f"pkg-config --cflags hyperlips-1.0 has {roots}, expected {expected}")


def check_headers(tree):
    """Every installed header compiles with the flags of the package with all libraries."""
    root = tree.prefix / "include/hyperlips-1.0"
    headers = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.h*"))
    expect(headers, f"no headers in {root}")
    source = tree.stage / "headers.cpp"
    source.write_text("".join(f"#include <{header}>\n" for header in headers), encoding="utf-8")
    packages = ["hyperlips-1.0", "hyperlips-synth-1.0", "hyperlips-gst-1.0"]
    tree.compile("-fsyntax-only", str(source), *tree.flags("--cflags", *packages))


def build_examples(tree, source_root):
    for name, (packages, libraries) in EXAMPLES.items():
        tree.compile(str(source_root / f"examples/{name}.cpp"), "-o", str(tree.stage / name),
                     *tree.flags("--cflags", "--libs", *packages), *libraries, f"-Wl,-rpath,{tree.libraries}")


def run_examples(tree, source_root, make_media):
    media = tree.stage / "media"
    media.mkdir()
    run(str(make_media), str(media), env={**os.environ, "HYPERLIPS_TEST_DATA": str(source_root / "tests/data")})
    model = str(media / "hyperlips-base.safetensors")

    def example(name, *arguments):
        run(str(tree.stage / name), *arguments, cwd=media, env=tree.env)

    example("talking_head", "head", "Hello.")
    example("generate_face", "head/frame-0.png", "speech-16k.wav", "face.png", model)
    example("redub_pipeline", "video.mp4", "speech.wav", "redubbed.mp4", model)
    for name in ("head/frame-0.png", "face.png", "redubbed.mp4"):
        expect((media / name).stat().st_size > 1000, f"{name} was not written")


def check_backends(tree):
    """libhyperlips finds the backends beside itself."""
    backend = tree.only("libhyperlips-openvino.so.0")
    expect(backend.parent == tree.libraries, f"{backend} is not in {tree.libraries}")


def check_plugins(tree):
    # Without the system's plugins, so that no other build of ours can be found.
    env = {**tree.env, "GST_PLUGIN_SYSTEM_PATH": "", "GST_REGISTRY": str(tree.stage / "own-registry.bin")}
    for element, file in (("hyperlips", "libgsthyperlips.so"), ("hyperlipstestsrc", "libgsthyperlipstestsrc.so")):
        listed = run("gst-inspect-1.0", element, capture_output=True, env=env).stdout
        expect(str(tree.plugins / file) in listed, f"gst-inspect-1.0 did not load the installed {file}:\n{listed}")


def check_programs(tree):
    programs = sorted((tree.prefix / "bin").glob("hyperlips*"))
    expect(programs, f"no programs in {tree.prefix / 'bin'}")
    for program in programs:
        run(str(program), "--help", stdout=subprocess.DEVNULL, env=tree.env)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source_root, build = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as scratch:
        tree = Installed(str(build), pathlib.Path(scratch) / "stage")
        check_include_root(tree)
        check_headers(tree)
        build_examples(tree, source_root)
        check_backends(tree)
        check_plugins(tree)
        check_programs(tree)
        run_examples(tree, source_root, build / "tests/common/make-media")


if __name__ == "__main__":
    main()
