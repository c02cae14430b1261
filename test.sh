#!/usr/bin/env bash
# Runs the tests: ./test.sh. Installs what they need, builds Release, ends with the line "N passed, N failed".
# ./test.sh --long has the fault tests run for longer, with more tasks, proves the images without libtorch too,
# runs the commands of the documents as they stand, and upgrades a cluster from an earlier commit (build/earlier.sh).
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
cd "$here"
source build/bootstrap.sh
case "$*" in
    "") ;;
    --long) export SUPSUP_LONG_TESTS=1 ;;
    *) echo "usage: ./test.sh [--long]" >&2; exit 2 ;;
esac
need_tool
need_command npm npm
need_command redis-server redis-server
need_browser

echo "building" >&2
lock_builds
need_azurite &
azurite=$!
build SupSup.sln
wait "$azurite"
if [ "${SUPSUP_LONG_TESTS:-}" = 1 ]; then
    SUPSUP_UPGRADE_PROGRAM=$(build/earlier.sh 9>&-)
    export SUPSUP_UPGRADE_PROGRAM
fi
unlock_builds

# The processes that tests start live for seconds: code that is compiled with counters first, to be the faster later, would cost them
# a fifth of their processor time.
export DOTNET_TieredPGO=0

rm -f artifacts/*Tests.log
run() {
    local name
    for name in "$@"; do
        echo "running $name" >&2
        rm -f "artifacts/$name.failed"
        # One that hangs has failed: what it printed so far is shown.
        timeout --signal=KILL 1200 "artifacts/bin/$name/release/$name" -noLogo -noColor >"artifacts/$name.log" 2>&1 \
            || touch "artifacts/$name.failed"
    done
}

# A cluster waits half of its time, for leases, deaths and restarts, and so does a document, for the commands that it shows, and a page,
# for its browser: others run beside them. What is left keeps both cores busy, and runs by itself.
run SupSup.ClusterTests &
cluster=$!
run SupSup.{Architecture,Core,Data,Deploy,Experiments,Storage,Torch}.Tests
wait "$cluster"
run SupSup.Documents.Tests &
documents=$!
run SupSup.{Client,Page}.Tests
wait "$documents"
for project in tests/*Tests; do
    name=$(basename "$project")
    [ -e "artifacts/$name.log" ] || run "$name"
done

passed=0 failed=0
for project in tests/*Tests; do
    name=$(basename "$project")
    log="artifacts/$name.log"
    echo "== $name"
    # The runner's closing line: "... Total: N, Errors: N, Failed: N, Skipped: N, Not Run: N, Time: Ns".
    summary=$(grep -E 'Total: [0-9]+, ' "$log" | tail -n 1 || true)
    if [ -z "$summary" ]; then
        cat "$log"
        echo "$name did not finish"
        failed=$((failed + 1))
        continue
    fi
    count() { sed -E "s/.*$1: ([0-9]+).*/\1/" <<<"$summary"; }
    bad=$(($(count Failed) + $(count Errors)))
    passed=$((passed + $(count Total) - bad - $(count Skipped) - $(count "Not Run")))
    # A runner that broke down after its last test fails as a whole.
    if [ "$bad" = 0 ] && [ -e "artifacts/$name.failed" ]; then bad=1; fi
    failed=$((failed + bad))
    if [ "$bad" != 0 ]; then cat "$log"; else grep -E '\[SKIP\]' "$log" || true; fi
    echo "$summary"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
