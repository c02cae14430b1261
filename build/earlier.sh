#!/usr/bin/env bash
# earlier.sh: builds the silo of an earlier commit in a tree of its own, artifacts/earlier/COMMIT, and prints the path of its program:
# the release that a rolling upgrade starts from. The commit is SUPSUP_UPGRADE_FROM, or the one in build/upgrade-from. Prints
# nothing on stdout, and says why in one line on stderr, where there is no such commit.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
from=${SUPSUP_UPGRADE_FROM:-$(cat "$here/build/upgrade-from")}
if ! commit=$(git -C "$here" rev-parse --verify --quiet "$from^{commit}" 2>/dev/null); then
    echo "the rolling upgrade is not tried: the history here has no commit $from" >&2
    exit 0
fi
at=$here/artifacts/earlier/$commit
if [ ! -e "$at/built" ]; then
    echo "building the silo of $commit" >&2
    rm -rf "$at" # of one that was cut off
    mkdir -p "$at"
    git -C "$here" archive "$commit" | tar -x -C "$at"
    log=$here/artifacts/earlier/$commit.log
    dotnet build "$at/src/SupSup.Silo" -c Release -v quiet -p:UseSharedCompilation=true >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        echo "the silo of $commit could not be built; the whole output is in $log" >&2
        exit 1
    }
    touch "$at/built"
fi
echo "$at/artifacts/bin/SupSup.Silo/release/SupSup.Silo"
