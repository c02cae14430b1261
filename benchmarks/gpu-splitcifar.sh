#!/usr/bin/env bash
# SplitCIFAR100 at the paper's full schedule on a CUDA GPU: benchmarks/gpu-splitcifar.sh -h.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: benchmarks/gpu-splitcifar.sh [-n] [-g true|path] [-d DATA] OUT

On a machine with a CUDA GPU:
  1. measures how many images a second a ResNet-18 of 20 channels is trained on, with tasks one by one
     and with 1, 5 and 20 of them together, for a few batches of noise each, and prints the ratio;
  2. runs `supsup experiment splitcifar-k16-full` and `splitcifar-k16-transfer-full` on the GPU, 20 tasks of
     5000 batches of 128 each, and prints accuracies and wall time.

Without transfer the 20 tasks are trained together, as many as the GPU's memory holds. With transfer they
cannot be: each task starts from the mean of the scores that those before it ended with. So they are
trained one by one, and the second run takes several times as long as the first.

Everything goes to the folder OUT. Stopped at any time, the same command goes on from there: a task is saved
ten times on its way, what is finished is not run again, and wall time is that of all sittings together.

  -n        builds nothing: runs what is in artifacts/, which must have been built with -p:Gpu
  -g KIND   the CUDA libtorch to build with: true (the package, default) or path (that of the loader);
            docs/device-training.md
  -d DATA   folder of the data sets (supsup's default); CIFAR-100 is fetched where it is missing
  -h        this text
TEXT
}

gpu=true no_build='' data=()
while getopts ng:d:h option; do
    case $option in
        n) no_build=1 ;;
        g) gpu=$OPTARG ;;
        d) data=(--data "$(realpath -m "$OPTARG")") ;;
        h) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))
if [ $# != 1 ]; then
    usage >&2
    exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

if [ -z "$no_build" ]; then
    for project in src/SupSup.Cli tools/SupSup.Bench; do
        dotnet build "$project" -c Release -v quiet -p:Gpu="$gpu"
    done
fi
supsup=artifacts/bin/SupSup.Cli/release/supsup
if [ ! -x "$supsup" ]; then
    echo "gpu-splitcifar: $supsup is missing; run without -n" >&2
    exit 1
fi

# timed NAME COMMAND...: runs it, and adds the seconds to those of earlier sittings, however it ends: a signal stops the command, and then
# this script.
trap : INT TERM
timed() {
    local name=$1 start=$SECONDS status=0
    shift
    "$@" || status=$?
    echo $(($(cat "$out/$name.seconds" 2>/dev/null || echo 0) + SECONDS - start)) >"$out/$name.seconds"
    return "$status"
}

if [ ! -s "$out/together.json" ]; then
    "$supsup" bench --only devicepictures --rounds 1 --json "${data[@]}" >"$out/together.json.new"
    grep -q devicePicturesTogetherOverOneByOne "$out/together.json.new" || {
        echo "gpu-splitcifar: nothing was measured: there is no GPU, or the build has no CUDA (-g, docs/device-training.md)" >&2
        exit 1
    }
    mv "$out/together.json.new" "$out/together.json"
fi
echo "images a second by tasks trained together, and together over one by one:"
grep -E '"devicePictures' "$out/together.json"

failed=0
for name in splitcifar-k16-full splitcifar-k16-transfer-full; do
    if [ -s "$out/$name/results.json" ]; then
        echo "$name: finished before"
    else
        timed "$name" "$supsup" experiment "$name" --device cuda --out "$out/$name" "${data[@]}" || failed=$?
        [ "$failed" = 0 ] || break
    fi
    echo "$name: accuracy $(sed -n 's/^ *"accuracy": *\([0-9.]*\).*/\1/p' "$out/$name/results.json" | head -n 1)," \
        "wall time $(cat "$out/$name.seconds" 2>/dev/null || echo 0) s in all sittings"
done
exit "$failed"
