#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The checks that take too long for every change, also as "./hyperlips nightly". CI runs them each night.
set -eu
cd "$(dirname "$0")/../.."

usage() {
  cat <<'END'
usage: tools/ci/nightly.sh slow|asan|tsan|fuzz|lto|coverage

  slow      the tests of the suite "slow", in build/
  asan      the test suite, and the slow test "stress", with AddressSanitizer and
            UndefinedBehaviorSanitizer, in build-asan/
  tsan      the test suite with ThreadSanitizer, in build-tsan/
  fuzz      each fuzz target for FUZZ_SECONDS (600), in build-fuzz/; needs clang++
  lto       a build with link-time optimization, in which one-definition-rule violations are errors,
            in build-lto/
  coverage  the test suite with coverage, report in build-coverage/meson-logs/coveragereport/; needs
            gcovr, or lcov and genhtml

environment:
  JOBS          parallel compilers; default: one per core, and one per 1.5 GB of memory
  TESTS         names of tests for asan, tsan and coverage; default: all that are not slow
  TARGETS       targets that lto builds; default: all
  FUZZ_SECONDS  time for each fuzz target
END
}

fail() {
  printf '%s\n' "nightly: $*" >&2
  exit 1
}

jobs() {
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1536000) }' /proc/meminfo)
  cores=$(nproc)
  [ "$memory" -ge 1 ] || memory=1
  [ "$memory" -lt "$cores" ] && echo "$memory" || echo "$cores"
}

# configure DIR OPTION...: sets a build directory up, with the stored options of "./hyperlips setup".
configure() {
  dir=$1
  shift
  HYPERLIPS_MESON_ARGS="${HYPERLIPS_MESON_ARGS-} -Dtraining=enabled" ./hyperlips setup
  [ ! -f .deps/options ] || while read -r option; do
    case $option in -D*) set -- "$@" "$option" ;; esac
  done <.deps/options
  # shellcheck disable=SC2086 # a list of words
  set -- "$@" ${HYPERLIPS_MESON_ARGS-}
  if [ -f "$dir/build.ninja" ]; then
    meson configure "$dir" "$@"
  else
    meson setup "$dir" "$@"
  fi
}

build() {
  dir=$1
  shift
  ninja -C "$dir" -j "${JOBS:-$(jobs)}" "$@"
}

# run_tests DIR OPTION...: builds and runs the tests of TESTS, or all.
run_tests() {
  dir=$1
  shift
  # "meson test" builds what the named tests need, but with as many compilers as there are cores.
  [ -n "${TESTS-}" ] || build "$dir"
  # shellcheck disable=SC2086 # a list of words
  meson test -C "$dir" --print-errorlogs "$@" ${TESTS-}
}

# sanitize NAME SANITIZERS: builds with sanitizers and runs the tests in the setup NAME.
sanitize() {
  configure "build-$1" -Dbuildtype=debugoptimized "-Db_sanitize=$2" -Db_lundef=false
  run_tests "build-$1" --setup "$1"
}

slow() {
  ./hyperlips test --setup all --suite slow
}

fuzz() {
  command -v clang++ >/dev/null || fail 'clang++ not found. Install the package clang.'
  CC=clang CXX=clang++ configure build-fuzz -Dfuzzing=true
  build build-fuzz fuzzers
  for target in pth safetensors bank; do
    # What the fuzzer learns is kept in the first folder; the others are only read.
    corpus=build-fuzz/corpus-$target
    mkdir -p "$corpus"
    set -- "$corpus" "tests/fuzz/corpus/$target"
    [ ! -d "tests/data/$target" ] || set -- "$@" "tests/data/$target"
    # A file may take its size and 64 MB of memory, which the targets of the readers check exactly,
    # and 10 s. The rest of rss_limit_mb is the sanitizers' own.
    ASAN_OPTIONS=quarantine_size_mb=16 "build-fuzz/tests/fuzz/fuzz_$target" \
      "-max_total_time=${FUZZ_SECONDS:-600}" -max_len=1048576 -timeout=10 -malloc_limit_mb=66 -rss_limit_mb=512 \
      "-dict=tests/fuzz/$target.dict" "-artifact_prefix=build-fuzz/found-$target-" "$@"
  done
}

lto() {
  odr='-Werror=odr -Werror=lto-type-mismatch'
  # Without precompiled headers, so that a file that does not include what it uses is found.
  configure build-lto -Dbuildtype=release -Db_lto=true -Db_pch=false "-Dcpp_args=$odr" "-Dcpp_link_args=$odr"
  # shellcheck disable=SC2086 # a list of words
  build build-lto ${TARGETS-}
}

coverage() {
  command -v gcovr >/dev/null || command -v genhtml >/dev/null ||
    fail 'neither gcovr nor lcov with genhtml found. Install the package gcovr.'
  configure build-coverage -Dbuildtype=debug -Db_coverage=true
  run_tests build-coverage
  build build-coverage coverage-html
  echo "nightly: the report is build-coverage/meson-logs/coveragereport/index.html"
}

case ${1-} in
  slow) slow ;;
  asan)
    sanitize asan address,undefined
    [ -n "${TESTS-}" ] || TESTS=stress run_tests build-asan --setup asanall ;;
  tsan) sanitize tsan thread ;;
  fuzz) fuzz ;;
  lto) lto ;;
  coverage) coverage ;;
  help | -h | --help) usage ;;
  *)
    usage >&2
    exit 2 ;;
esac
