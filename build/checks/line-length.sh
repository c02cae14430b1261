#!/usr/bin/env bash
# Fails when a line of a tracked source is longer than 140 characters: build/checks/line-length.sh [FOLDER...], by default all.
# Prose (*.md), pages (*.html) and data are not sources.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export LC_ALL=C.UTF-8
long=$(git ls-files -z -- "$@" | grep -zE '\.(cs|csproj|props|targets|sh|py|js|css|proto)$|^(supsup|\.ci/run)$' \
    | xargs -0 grep -HnE '^.{141,}' | sed -E 's/^([^:]*:[0-9]+):[[:space:]]*(.{0,80}).*/\1: \2.../' || true)
[ -z "$long" ] && exit 0
echo "lines longer than 140 characters:" >&2
echo "$long" >&2
exit 1
