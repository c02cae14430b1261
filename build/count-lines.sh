#!/usr/bin/env bash
# Counts lines of C# in src and tools: no blanks, no comments, no usings, no lone braces: build/count-lines.sh [BASE]
# With BASE (a commit) it also says, for each project, what was added, deleted, and moved from another file since then.
# A line counts as moved where the same text was deleted elsewhere; files that git takes for renamed are compared as one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
base=${1:-}
counted='
    function counted(line) {
        sub(/^[[:space:]]+/, "", line); sub(/[[:space:]]+$/, "", line)
        if (line ~ /^$|^\/\/|^\/\*|^\*|^#(region|endregion)|^[{}()]+[;,]*$/) return ""
        if (line ~ /^(global )?using (static )?[A-Za-z_][A-Za-z0-9_.]*( = [^()]*)?;$/) return ""
        return line
    }
    function project(path,  parts) { split(path, parts, "/"); return parts[1] "/" parts[2] }'

# totals COMMIT: "project lines" for the tree of a commit, or for the working tree.
totals() {
    if [ -z "$1" ]; then
        git ls-files -z 'src/*.cs' 'tools/*.cs' | xargs -0 awk "$counted"'
            counted($0) != "" { n[project(FILENAME)]++ }
            END { for (p in n) print p, n[p] }'
    else
        git grep -I --full-name -e '' "$1" -- 'src/*.cs' 'tools/*.cs' | sed "s/^$1://" | awk "$counted"'
        { at = index($0, ":"); if (counted(substr($0, at + 1)) != "") n[project($0)]++ }
        END { for (p in n) print p, n[p] }'
    fi
}

if [ -z "$base" ]; then
    totals "" | sort | awk '{ printf "%-28s %7d\n", $1, $2; all += $2 } END { printf "%-28s %7d\n", "total", all }'
    exit
fi

base=$(git rev-parse --short "$base")
{
    totals "$base" | sed 's/^/before /'
    totals "" | sed 's/^/now /'
    git diff -M -U0 --no-color "$base" -- 'src/*.cs' 'tools/*.cs' | awk "$counted"'
        /^--- / { from = substr($2, 3); next }
        /^\+\+\+ / { to = substr($2, 3); next }
        /^-/ { line = counted(substr($0, 2)); if (line != "") { gone[line]++; deleted[project(from)]++ } next }
        /^\+/ { line = counted(substr($0, 2)); if (line != "") { n++; text[n] = line; where[n] = project(to) } }
        END {
            for (i = 1; i <= n; i++) if (gone[text[i]] > 0) { gone[text[i]]--; moved[where[i]]++ } else added[where[i]]++
            for (p in deleted) print "deleted", p, deleted[p]
            for (p in added) print "added", p, added[p]
            for (p in moved) print "moved", p, moved[p]
        }'
} | awk -v base="$base" '
    { n[$1, $2] = $3; all[$1] += $3; seen[$2] = 1 }
    function row(order, name, before, now, added, moved, deleted) {
        printf "%s %-28s %8d %8d %+8d %8d %8d %8d\n", order, name, before, now, now - before, added, moved, deleted
    }
    END {
        printf "1 %-28s %8s %8s %8s %8s %8s %8s\n", "project", base, "now", "change", "new", "moved", "deleted"
        for (p in seen) row(2, p, n["before", p], n["now", p], n["added", p], n["moved", p], n["deleted", p])
        row(3, "total", all["before"], all["now"], all["added"], all["moved"], all["deleted"])
    }' | sort | cut -c3-
