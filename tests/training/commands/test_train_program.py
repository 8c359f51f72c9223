#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""usage: test_train_program.py HYPERLIPS_TRAIN MAKE_MEDIA

Runs hyperlips-train as a user does, from a video to weights that the elements load.
"""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile

TRAIN, MAKE_MEDIA = sys.argv[1], sys.argv[2]
QUICK = ["--batch-size", "1", "--precision", "fp32", "--validate-batches", "1", "--sample-interval", "2",
         "--checkpoint-interval", "2", "--loader-threads", "1"]


def train(*arguments, check=True, timeout=300):
    result = subprocess.run([TRAIN, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                            stdin=subprocess.DEVNULL)
    if check and result.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, arguments))}: {result.returncode}\n{result.stdout}{result.stderr}")
    return result


def header_of(path):
    content = path.read_bytes()
    return json.loads(content[8:8 + int.from_bytes(content[:8], "little")])


def tensors_of(path):
    content = path.read_bytes()
    return content[8 + int.from_bytes(content[:8], "little"):]


class Program(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        subprocess.run([MAKE_MEDIA, cls.folder], check=True)
        cls.video = cls.folder / "video.mp4"
        cls.base = cls.folder / "hyperlips-base.safetensors"
        cls.data = cls.folder / "data"
        # Two clips, however the decoders at hand cut the end of the sound.
        cls.preprocess = ["preprocess", cls.video, "--out", cls.data, "--min-speech", "0", "--max-seconds", "0.8",
                          "--min-seconds", "0.6", "--offset", "0", "--quiet"]
        train(*cls.preprocess)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def test_preprocess_writes_published_layout(self):
        lists = [(self.data / "filelists" / name).read_text().split() for name in ("train.txt", "val.txt")]
        self.assertEqual([len(names) for names in lists], [1, 1])
        for name in lists[0] + lists[1]:
            clip = self.data / "imgs" / name
            self.assertTrue((clip / "audio.wav").is_file())
            self.assertGreaterEqual(len(list(clip.glob("*.jpg"))), 20)
        report = json.loads((self.data / "report.json").read_text())
        self.assertTrue(report)
        again = train(*self.preprocess)
        self.assertIn("1 done before", again.stdout)

    def test_base_trains_resumes_and_exports(self):
        run = self.folder / "base"
        first = train("base", self.data, "--out", run, "--steps", "2", *QUICK)
        self.assertIn("sync", first.stderr)  # the note that no expert is given
        self.assertTrue((run / "checkpoint_step000000002.safetensors").is_file())
        second = train("base", self.data, "--out", run, "--steps", "3", *QUICK)
        self.assertIn("step 2", second.stderr)
        self.assertTrue(list((run / "samples").glob("*.png")))
        self.assertTrue(list(run.glob("events.out.tfevents.*")))
        checkpoint = run / "checkpoint_step000000003.safetensors"
        out = self.folder / "exported.safetensors"
        text = train("export", checkpoint, out).stdout
        self.assertIn("HyperLipsBase after 3 steps", text)
        measured = self.folder / "measured.json"
        table = train("evaluate", "--model", out, "--data", self.data, "--examples", "2", "--json", measured, "--sheet",
                      self.folder / "sheet.png").stdout
        self.assertIn("PSNR".lower(), table.lower())
        self.assertTrue(json.loads(measured.read_text()))
        self.assertTrue((self.folder / "sheet.png").read_bytes().startswith(b"\x89PNG"))

        described = self.folder / "described.safetensors"
        for precision, dtype in [("fp32", "F32"), ("fp16", "F16"), ("bf16", "BF16")]:
            train("export", checkpoint, described, "--precision", precision, "--data-set", "drawn", "--licence", "CC0-1.0",
                  "--measures", measured, "--overwrite")
            header = header_of(described)
            self.assertEqual(header["up_conv.0.conv_block.0.weight"]["dtype"], dtype)
            metadata = header["__metadata__"]
            self.assertEqual({key: metadata[key] for key in ("architecture", "size", "steps", "data_set", "licence")}, {
                "architecture": "HyperLipsBase", "size": "128", "steps": "3", "data_set": "drawn", "licence": "CC0-1.0"})
            measures = json.loads(metadata["measures"])
            self.assertGreater(measures["least_validation_loss"], 0)
            self.assertEqual(measures["evaluation"], json.loads(measured.read_text()))

        train("export", checkpoint, described, "--network", "discriminator", "--overwrite")
        self.assertEqual(header_of(described)["__metadata__"]["architecture"], "HyperCtrolDiscriminator")
        refused = train("export", checkpoint, described, "--network", "sync", "--overwrite", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("base (HyperLipsBase), discriminator (HyperCtrolDiscriminator)", refused.stderr)

        self.export_pth(checkpoint)

    def export_pth(self, checkpoint):
        published, out = self.folder / "exported.pth", self.folder / "round-trip.safetensors"
        text = train("export", checkpoint, published).stdout
        self.assertIn("HyperLipsBase after 3 steps, PyTorch checkpoint", text)
        with zipfile.ZipFile(published) as archive:
            self.assertEqual(archive.namelist()[0], "archive/data.pkl")
            for key in [b"state_dict", b"optimizer", b"global_step", b"global_epoch"]:
                self.assertIn(key, archive.read("archive/data.pkl"))
        self.assertEqual(train("export", published, out, "--precision", "fp32").returncode, 0)
        direct = self.folder / "direct.safetensors"
        train("export", checkpoint, direct, "--precision", "fp32")
        self.assertEqual(header_of(out)["__metadata__"]["steps"], "3")
        self.assertEqual(tensors_of(out), tensors_of(direct))
        discriminator = self.folder / "discriminator.pth"
        self.assertIn("HyperCtrolDiscriminator",
                      train("export", checkpoint, discriminator, "--network", "discriminator").stdout)
        self.assertIn("HyperCtrolDiscriminator", train("export", discriminator, out, "--overwrite").stdout)
        for wrong, words in [(["new.pth", "--precision", "fp16"], "--precision"), (["new.pth", "--licence", "MIT"], "--license"),
                             (["new.pth", "--data-set", "x"], "--data-set"), (["new.pt"], "'.pt'"), ([published], "--overwrite")]:
            result = train("export", checkpoint, self.folder / wrong[0], *wrong[1:], check=False)
            self.assertEqual(result.returncode, 1, wrong)
            self.assertIn(words, result.stderr, wrong)
        self.assertFalse((self.folder / "new.pth").exists())
        exported = train("export", direct, self.folder / "new.pth", check=False)
        self.assertIn("exported weights", exported.stderr)

    def test_sync_trains(self):
        run = self.folder / "sync"
        train("sync", self.data, "--out", run, "--steps", "2", "--batch-size", "2", *QUICK[2:])
        self.assertTrue((run / "checkpoint_step000000002.safetensors").is_file())

    def test_hr_trains_on_base_output(self):
        data = self.folder / "hr-data"
        train("preprocess", self.video, "--out", data, "--min-speech", "0", "--hr", "--base-model", self.base,
              "--crop", "published", "--offset", "0", "--quiet")
        result = train("hr", data, "--out", self.folder / "hr", "--steps", "1", *QUICK)
        self.assertIn("VGG", result.stderr)

    def test_adapt_evaluates_before_and_after(self):
        out = self.folder / "adapted.safetensors"
        result = train("adapt", self.video, "--from", self.base, "--out", out, "--steps", "2", *QUICK,
                       "--validate-interval", "1", "--sheet", self.folder / "adapted.png")
        text = result.stdout
        self.assertIn("was trained with crop published, this run uses steady", result.stderr)
        self.assertIn("sound", text)  # its offset
        metadata = header_of(out)["__metadata__"]
        self.assertEqual([metadata["crop"], metadata["mel_timing"]], ["steady", "inference"])
        self.assertIn("before", text)
        self.assertIn("after", text)
        self.assertIn("which were used for nothing else", text)
        self.assertTrue(out.is_file())
        # A finished run leaves nothing that a later one could resume.
        self.assertFalse((self.folder / "adapted.run").exists())
        self.assertTrue((self.folder / "adapted.png").is_file())
        refused = train("adapt", self.video, "--from", self.base, "--out", out, "--steps", "2", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--overwrite", refused.stderr)

    def test_adapt_does_not_resume_a_run_of_other_footage(self):
        other, run, out = self.folder / "other.mp4", self.folder / "kept.run", self.folder / "kept.safetensors"
        other.write_bytes(self.video.read_bytes() + b"\0\0\0\x08free")
        adapt = ["--from", self.base, "--out", out, "--overwrite", "--run-folder", run, *QUICK, "--validate-interval", "1"]
        train("adapt", self.video, *adapt, "--steps", "2")
        self.assertIn("resuming from", train("adapt", self.video, *adapt, "--steps", "3").stderr)
        text = train("adapt", other, *adapt, "--steps", "1").stderr
        self.assertIn("is of a run with other inputs (footage)", text)
        self.assertEqual(header_of(out)["__metadata__"]["steps"], "1")
        self.assertNotIn("checkpoint_step000000003.safetensors", [path.name for path in run.iterdir()])

    def test_adapt_without_model_trains_new_network(self):
        out = self.folder / "new.safetensors"
        adapt = ["adapt", self.video, "--out", out, "--overwrite", "--batch-size", "4", "--validate-batches", "4",
                 "--no-augmentation", "--checkpoint-interval", "4"]
        process = subprocess.Popen([TRAIN, *map(str, adapt), "--steps", "25"], stdout=subprocess.PIPE, text=True,
                                   stderr=subprocess.DEVNULL)
        first = self.folder / "new.run" / "checkpoint_step000000004.safetensors"
        while process.poll() is None and not first.exists():
            time.sleep(0.05)
        process.terminate()
        self.assertIn("--overwrite", process.communicate(timeout=300)[0])
        self.assertEqual(process.returncode, 130)
        early = header_of(out)["__metadata__"]
        result = train(*adapt, "--steps", "25")
        self.assertIn("resuming from", result.stderr)
        self.assertNotIn("before  ", result.stdout)
        metadata = header_of(out)["__metadata__"]
        self.assertEqual(metadata["steps"], "25")
        self.assertLess(int(early["steps"]), 25)
        self.assertNotIn("adapted_from", metadata)
        # Noise at first; after 25 steps about the person's colors.
        self.assertLess(float(metadata["held_out_mouth_error"]), 0.8 * float(early["held_out_mouth_error"]))

    def test_adapt_trains_and_fine_tunes_hr_network(self):
        out, hr = self.folder / "person.safetensors", self.folder / "person-hr.safetensors"
        adapt = ["adapt", self.video, "--from", self.base, "--out", out, "--steps", "2", *QUICK, "--overwrite", "--restart",
                 "--hr-out", hr, "--hr-share", "0.5"]
        text = train(*adapt, "--hr-size", "256", "--sheet", self.folder / "hr.png").stdout
        self.assertIn("enlarged only", text)
        self.assertEqual(text.count("before  "), 1)  # a new HR network has no "before"
        metadata = header_of(hr)["__metadata__"]
        self.assertEqual(metadata["architecture"], "HRDecoder x2")
        self.assertEqual(metadata["base"], out.name)
        self.assertEqual(metadata["steps"], "1")
        again = train(*adapt, "--hr-from", hr).stdout
        self.assertEqual(again.count("before  "), 2)
        for wrong, words in [(["--hr-out", hr], "--hr-from"), (["--hr-size", "256"], "--hr-out"),
                             (["--hr-out", hr, "--hr-from", hr, "--hr-size", "512"], "256"),
                             (["--hr-out", hr, "--hr-from", self.base], "hr"),
                             (["--hr-out", hr, "--hr-size", "256", "--hr-share", "1"], "share")]:
            result = train(*adapt[:-4], *wrong, check=False)
            self.assertEqual(result.returncode, 1, wrong)
            self.assertIn(words, result.stderr, wrong)

    def test_base_trains_on_synth_data(self):
        synth = ["synth", "--hours", 3 / 3600, "--clip-seconds", "1", "--frame-size", "200", "--seed", "5", "--quiet"]
        folders, packed = self.folder / "heads", self.folder / "packed"
        self.assertIn("3 clips (0 made before)", train(*synth, "--out", folders).stdout)
        self.assertIn("3 clips (3 made before)", train(*synth, "--out", folders).stdout)
        train(*synth, "--out", packed, "--crops", "--jpeg")
        losses = []
        for data in [folders, packed / "synth.crops"]:
            run = self.folder / f"run-{data.name}"
            result = train("base", data, "--out", run, "--steps", "2", *QUICK)
            self.assertIn("2 clips for training, 1 for validation", result.stderr)
            losses.append([line for line in result.stderr.splitlines() if "validation" in line and "total" in line])
        self.assertEqual(*losses)
        mixed = train("base", folders, f"{packed / 'synth.crops'}:0.5", "--out", self.folder / "mixed", "--steps", "1",
                      *QUICK, "--loss", "upper-half=0.2", "mouth=1", "--frames", "1")
        self.assertEqual(mixed.stderr.count("2 clips for training, 1 for validation"), 2)
        table = train("synth", "--help").stdout
        self.assertIn("--languages", table)

    def test_speech_to_mouth_writes_a_network(self):
        out = self.folder / "mouth.safetensors"
        command = ["speech-to-mouth", "--out", out, "--hours", 20 / 3600, "--clip-seconds", "10", "--steps", "5",
                   "--channels", "16", "--languages", "en,de", "--seed", "3", "--threads", "1", "--quiet"]
        self.assertIn("5 steps", train(*command).stdout)
        header = header_of(out)
        self.assertEqual(header["conv.0.weight"]["shape"], [16, 80, 5])
        self.assertEqual(header["head.weight"]["shape"], [24, 16])
        metadata = header["__metadata__"]
        self.assertEqual((metadata["seed"], metadata["steps"], metadata["speech_seconds"]), ("3", "5", "20"))
        first = out.read_bytes()
        refused = train(*command, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--overwrite", refused.stderr)
        train(*command, "--overwrite", "--workers", "1")
        self.assertEqual(out.read_bytes(), first)

    def test_synth_resumes_after_kill(self):
        synth = ["synth", "--hours", 8 / 3600, "--clip-seconds", "1", "--frame-size", "200", "--seed", "6", "--crops", "--quiet"]
        whole, pack = self.folder / "whole", self.folder / "killed" / "synth.crops"
        train(*synth, "--out", whole)
        size = (whole / "synth.crops").stat().st_size
        for number, end in [(signal.SIGKILL, -9), (signal.SIGTERM, 130)]:
            before = pack.stat().st_size if pack.exists() else 0
            process = subprocess.Popen([TRAIN, *map(str, synth), "--out", pack.parent], stdout=subprocess.DEVNULL)
            while process.poll() is None and not (pack.exists() and pack.stat().st_size > before + size / 8):
                time.sleep(0.005)
            process.send_signal(number)
            # It may have finished just then.
            self.assertIn(process.wait(60), (end, 0))
        train(*synth, "--out", pack.parent)
        self.assertEqual(pack.read_bytes(), (whole / "synth.crops").read_bytes())

    def test_evaluate_identical_videos(self):
        text = train("evaluate", self.video, self.video).stdout
        self.assertIn("1.0000", text)

    def test_evaluate_pools_pairs(self):
        out, pairs = self.folder / "pooled.json", self.folder / "pairs.txt"
        pairs.write_text("# RESULT TRUTH SPEAKER FROM TO\nvideo.mp4\tvideo.mp4\t-\t0\t10\n"
                         "video.mp4\tvideo.mp4\t-\t10\n")
        text = train("evaluate", "--list", pairs, "--json", out).stdout
        self.assertIn("pooled", text)
        found = json.loads(out.read_text())
        self.assertEqual(len(found["pairs"]), 2)
        self.assertEqual(found["pairs"][0]["result"]["pairs"], 10)
        self.assertEqual(found["pooled"]["mouth_mae"], 0)
        again = train("evaluate", self.video, self.video, "--driven-by", self.video, self.video, self.video, "--driven-by",
                      self.video, "--to", "5", "--json", out).stdout
        self.assertIn("leak", again)
        found = json.loads(out.read_text())
        self.assertEqual([pair["driven_by"] for pair in found["pairs"]], ["speaker", "speaker"])
        self.assertEqual([pair["result"]["pairs"] for pair in found["pairs"]], [5, 5])
        train("evaluate", self.video, self.video, "--silence", "--closed-below", "0.5", "--json", out)
        self.assertEqual(json.loads(out.read_text())["result"]["closed"], 1)

    def test_options_from_file(self):
        config = self.folder / "run.toml"
        config.write_text(f'[base]\nsteps = 1\nbatch-size = 1\nprecision = "fp32"\nvalidate-interval = 0\n')
        run = self.folder / "configured"
        text = train("--config", config, "base", self.data, "--out", run).stdout
        self.assertIn("1 steps", text)

    def test_error_messages(self):
        empty = self.folder / "empty"
        empty.mkdir()
        for arguments, words in [
            (["base", empty, "--out", self.folder / "x"], "preprocess"),
            (["base", self.folder / "missing", "--out", self.folder / "x"], "missing"),
            (["preprocess", empty, "--out", self.folder / "y"], "empty"),
            (["base", self.data, "--out", self.folder / "x", "--freeze", "nose", *QUICK], "nose"),
            (["base", self.data, "--out", self.folder / "x", "--rate", "nose=0.1", *QUICK], "nose"),
            (["base", self.data, "missing:0.5", "--out", self.folder / "x"], "missing"),
            (["base", f"{self.data}:0", "--out", self.folder / "x"], "WEIGHT"),
            (["base", self.data, "--out", self.folder / "x", "--sync-expert", self.base, "--frames", "1"], "--frames"),
            (["adapt", self.video, "--out", self.folder / "z.safetensors", "--steps", "1", "--selection", "0.9"], "--selection"),
            (["adapt", self.video, "--out", self.folder / "z.safetensors", "--steps", "1", "--validate-interval", "0"],
             "--validate-interval"),
            (["base", self.data, "--out", self.folder / "x", "--device", "cuda:9"], "cuda"),
            (["base", self.data, "--out", self.folder / "x", "--from", self.video, *QUICK], "video.mp4"),
            (["adapt", self.video, "--from", self.base, "--out", self.folder / "z.safetensors"], "--time"),
            (["evaluate", self.video], "TRUTH"),
            (["evaluate", self.video, self.video, self.video], "no partner"),
            (["evaluate", self.video, self.video, "--from", "9", "--to", "9"], "range"),
            (["evaluate", self.video, self.video, "--from", "1000"], "range"),
            (["evaluate", self.video, self.video, "--silence", "--driven-by", self.video], "silence"),
            (["evaluate", "--list", self.folder / "missing.txt"], "missing.txt"),
            (["evaluate", "--list", self.video], "video.mp4', line"),
            (["base", self.video, "--out", self.folder / "x"], "crop pack"),
            (["synth", "--out", self.folder / "s", "--hours", "-1"], "hours"),
            (["synth", "--out", self.data], "another data set"),
            (["speech-to-mouth", "--out", self.folder / "m.safetensors", "--hours", "-1"], "hours"),
            (["speech-to-mouth", "--out", self.folder / "no" / "m.safetensors"],
             "no/m.safetensors"),
            (["synth", "--out", self.folder / "s", "--jpeg"], "--crops"),
            (["export", self.video, self.folder / "z.safetensors"], "video.mp4"),
        ]:
            result = train(*arguments, check=False)
            self.assertEqual(result.returncode, 1, arguments)
            self.assertIn(words, result.stderr, arguments)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
