# Sourced by ./supsup and ./test.sh: installs what is missing and builds what is stale.
# Everything here writes to stderr: stdout belongs to the tool.

die() { echo "supsup: $*" >&2; exit 1; }

can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

# install PACKAGE...: installs Debian packages, or says which to install.
install() {
    can_install || die "missing $*: install it first, e.g. 'apt-get install $*'"
    echo "supsup: installing $*" >&2
    local apt="apt-get -y -q -o DPkg::Lock::Timeout=300"
    { $apt install --no-install-recommends "$@" || { $apt update && $apt install --no-install-recommends "$@"; }; } >&2 \
        || die "could not install $*; install it by hand and run again"
}

# need_command COMMAND PACKAGE
need_command() { command -v "$1" >/dev/null 2>&1 || install "$2"; }

# need_browser: installs Chromium for the tests of the page, where that may be done; they are skipped without a browser.
need_browser() {
    local name
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null 2>&1; then return 0; fi
    done
    if can_install; then
        install chromium
    else
        echo "supsup: no browser is installed, so the page is not tested; install e.g. chromium" >&2
    fi
}

# need_azurite: puts Azurite, the stand-in for Azure Blobs in the tests, into artifacts/tools/azurite. It is installed
# aside and moved there whole, so an interrupted install is not taken for a complete one.
need_azurite() {
    local version=3.37.0 at="$here/artifacts/tools/azurite" log="$here/artifacts/azurite.log"
    need_command node nodejs
    need_command npm npm
    if grep -qs "\"version\": \"$version\"" "$at/node_modules/azurite/package.json"; then return 0; fi
    echo "supsup: installing azurite $version for the tests" >&2
    mkdir -p "$here/artifacts/tools"
    rm -rf "$at.new"
    mkdir "$at.new"
    echo '{ "private": true }' >"$at.new/package.json"
    npm install --prefix "$at.new" --save-exact --no-audit --no-fund --no-update-notifier --ignore-scripts --loglevel=error \
        "azurite@$version" >"$log" 2>&1 || { tail -n 20 "$log" >&2; die "could not install azurite $version; the whole output is in $log"; }
    rm -rf "$at"
    mv "$at.new" "$at"
}

need_tool() {
    export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
    command -v dotnet >/dev/null 2>&1 || die "missing the .NET SDK 10: install it, and have dotnet on the PATH"
    # Figures have text, which needs one font.
    if [ -z "$(find /usr/share/fonts /usr/local/share/fonts -name '*.[to]tf' -print -quit 2>/dev/null)" ]; then
        if can_install; then
            install fonts-dejavu-core
        else
            echo "supsup: no font is installed, so figures will have no text; install e.g. fonts-dejavu-core" >&2
        fi
    fi
}

# build PROJECT_OR_SOLUTION: builds Release, one build of this folder at a time. The lock is not passed on, since
# the compiler's servers outlive the build.
build() {
    local log="$here/artifacts/$(basename "$1").log"
    mkdir -p "$here/artifacts"
    if ! dotnet build "$here/$1" -c Release -v quiet -p:UseSharedCompilation=true >"$log" 2>&1 9>&-; then
        { grep -E 'error|warning' "$log" || cat "$log"; } | sort -u | head -20 >&2 || true
        die "the build failed; the whole output is in $log"
    fi
}

lock_builds() {
    mkdir -p "$here/artifacts"
    exec 9>"$here/artifacts/build.lock"
    if command -v flock >/dev/null 2>&1; then flock 9; fi
}

unlock_builds() { exec 9>&-; }

# is_fresh OUTPUT STAMP [FOLDER…]: whether no source is newer than the last build. The stamp is compared, not the output: MSBuild
# leaves an output alone whose own inputs have not changed. FOLDERs have sources beyond those of the tool itself.
is_fresh() {
    local output=$1 stamp=$2
    shift 2
    [ -x "$output" ] && [ -e "$stamp" ] \
        && [ -z "$(find "$here/src" "$here/build" "$here"/Directory.* "$here/global.json" "${@/#/$here/}" \
            -newer "$stamp" -type f -print -quit)" ]
}

# build_if_stale PROJECT OUTPUT [FOLDER…]
build_if_stale() {
    local project=$1 output=$2 stamp="$here/artifacts/$(basename "$1").stamp"
    shift 2
    if is_fresh "$output" "$stamp" "$@"; then return 0; fi
    lock_builds
    # Another start may have built while this one waited.
    if ! is_fresh "$output" "$stamp" "$@"; then
        echo "supsup: building (the first time fetches packages, about 250 MB, and takes a few minutes)" >&2
        touch "$stamp.new"
        build "$project"
        mv "$stamp.new" "$stamp"
    fi
    unlock_builds
}
