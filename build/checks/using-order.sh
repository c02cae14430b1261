#!/usr/bin/env bash
# Fails where the using directives of a C# file are out of order: System first, then by name. The build checks all other formatting.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bad=$(git ls-files -z '*.cs' | xargs -0 awk '
    function key(name) { return (name ~ /^System(\.|$)/ ? "0" : "1") tolower(name) }
    FNR == 1 { last = "" }
    /^(global )?using [A-Za-z_][A-Za-z0-9_.]*;/ {
        name = $0; sub(/^(global )?using /, "", name); sub(/;.*/, "", name)
        if (key(name) < last) print FILENAME ":" FNR ": " $0
        last = key(name)
    }')
[ -z "$bad" ] && exit
echo "$bad"
echo "using directives are sorted by name, those of System first; move these"
exit 1
