#!/usr/bin/env bash
# Fails when a test is not named Given_..._when_..._then_...: build/checks/test-names.sh
# A test is a method under [Fact] or [Theory], in one attribute list or several. [Fact(Explicit = true)] marks the child
# processes of tests, which only a test starts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bad=$(git ls-files -z 'tests/*.cs' | xargs -0 awk '
    FNR == 1 { test = 0 }
    /^[[:space:]]*\[(Fact|Theory)[](,]/ && !/Explicit = true/ { test = 1 }
    test && match($0, /[A-Za-z0-9_]+(<[A-Za-z0-9_, ]+>)?\(/) && /^[[:space:]]*(public|internal|private|protected) / {
        name = substr($0, RSTART, RLENGTH - 1)
        if (name !~ /^Given_.+_when_.+_then_.+/) print FILENAME ":" FNR ": " name
        test = 0
    }')
[ -z "$bad" ] && exit 0
echo "tests that are not named Given_..._when_..._then_...:" >&2
echo "$bad" >&2
exit 1
