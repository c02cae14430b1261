#!/usr/bin/env bash
# Runs the tests: ./test.sh. Installs what they need, builds Release, ends with the line "N passed, N failed".
# ./test.sh --long has the fault tests run for longer, with more tasks.
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
need_azurite
build SupSup.sln
unlock_builds

# Test projects run one after another: each uses all cores.
passed=0 failed=0 status=0
for project in tests/*Tests; do
    name=$(basename "$project")
    log="artifacts/$name.log"
    echo "== $name"
    "artifacts/bin/$name/release/$name" -noLogo -noColor >"$log" 2>&1 || status=1
    # The runner's closing line: "... Total: N, Errors: N, Failed: N, Skipped: N, Not Run: N, Time: Ns".
    summary=$(grep -E 'Total: [0-9]+, ' "$log" | tail -n 1 || true)
    if [ -z "$summary" ]; then
        cat "$log"
        echo "$name did not finish"
        failed=$((failed + 1)) status=1
        continue
    fi
    count() { sed -E "s/.*$1: ([0-9]+).*/\1/" <<<"$summary"; }
    bad=$(($(count Failed) + $(count Errors)))
    passed=$((passed + $(count Total) - bad - $(count Skipped) - $(count "Not Run")))
    failed=$((failed + bad))
    if [ "$bad" != 0 ]; then cat "$log"; else grep -E '\[SKIP\]' "$log" || true; fi
    echo "$summary"
done
[ "$status" = 0 ] || [ "$failed" != 0 ] || failed=1
echo "$passed passed, $failed failed"
exit "$status"
