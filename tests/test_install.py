#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Installs into a scratch folder and uses what lies there: pkg-config, headers, libraries, plugins.

usage: test_install.py SOURCE_ROOT BUILD_ROOT
"""
import os
import pathlib
import subprocess
import sys
import tempfile

PROGRAM = """
#include <hyperlips/audio/mel.hpp>
#include <hyperlips/engine/network.hpp>
#include <hyperlips/error.hpp>
#include <hyperlips/face/detector.hpp>
#include <hyperlips/face/tracker.hpp>
#include <hyperlips/model/tensor_file.hpp>
#include <hyperlips/synth/performance.hpp>
#include <hyperlips/synth/talking_head.hpp>
#include <hyperlips/video/blend.hpp>
#include <cstdio>
int main() {
  // Speech comes from the program that is installed with the library.
  hyperlips::synth::Performance performance({.seed = 1, .text = "Hello."});
  if (performance.phonemes(0, *performance.duration()).size() < 4) return 1;
  hyperlips::synth::TalkingHead head({.seed = 1, .frame = {64, 64}});
  cv::Mat picture;
  head.draw(performance.pose(0.2), 0, picture);
  // Symbols of the library, so that linking and loading are tested, too.
  const bool ok = hyperlips::parse_precision("bf16") == hyperlips::Precision::Bf16;
  std::puts(hyperlips::face_model_dir().c_str());
  return ok ? 0 : 1;
}
"""


def run(*command, **kwargs):
    print("+", *command, flush=True)
    return subprocess.run(command, check=True, text=True, **kwargs)


def only(root, pattern):
    found = sorted(root.rglob(pattern))
    if len(found) != 1:
        sys.exit(f"expected one {pattern} in the installed tree, found {[str(p) for p in found]}")
    return found[0]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    build = sys.argv[2]
    with tempfile.TemporaryDirectory() as scratch:
        stage = pathlib.Path(scratch) / "stage"
        run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", str(stage))
        pc = only(stage, "hyperlips-1.0.pc")
        synth_pc = only(stage, "hyperlips-synth-1.0.pc")
        plugin = only(stage, "libgsthyperlips.so")
        models = only(stage, "face_detection.onnx").parent
        # Nothing of the checkout is to help, but LibTorch, which is not installed.
        env = {**os.environ, "GST_PLUGIN_PATH": str(plugin.parent), "GST_PLUGIN_SYSTEM_PATH": "",
               "GST_REGISTRY": str(stage / "registry.bin"), "HYPERLIPS_FACE_MODELS": str(models),
               "PKG_CONFIG_PATH": str(pc.parent)}
        env.pop("LD_LIBRARY_PATH", None)

        prefix = next(line.split("=", 1)[1] for line in pc.read_text(encoding="utf-8").splitlines()
                      if line.startswith("prefix="))
        staged = str(stage) + prefix
        flags = run("pkg-config", f"--define-variable=prefix={staged}", "--cflags", "--libs", str(synth_pc),
                    capture_output=True, env=env).stdout.split()
        source = stage / "use.cpp"
        source.write_text(PROGRAM, encoding="utf-8")
        run(os.environ.get("CXX", "c++"), "-std=c++20", str(source), "-o", str(stage / "use"), *flags,
            f"-Wl,-rpath,{pc.parent.parent}")
        printed = run(str(stage / "use"), capture_output=True, env=env).stdout.strip()
        if printed != str(models):
            sys.exit(f"face_model_dir() is {printed}, expected {models}")

        for element, file in (("hyperlips", plugin), ("hyperlipstestsrc", only(stage, "libgsthyperlipstestsrc.so"))):
            listed = run("gst-inspect-1.0", element, capture_output=True, env=env).stdout
            print(listed)
            if str(file) not in listed:
                sys.exit(f"gst-inspect-1.0 did not load the installed {file.name}")
        for program in (stage / prefix.lstrip("/") / "bin").glob("hyperlips*"):
            run(str(program), "--help", stdout=subprocess.DEVNULL, env=env)


if __name__ == "__main__":
    main()
