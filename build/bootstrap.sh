# Sourced by ./supsup and ./test.sh: installs what is missing and builds what is stale.
# Everything here writes to stderr: stdout belongs to the tool.

die() { echo "supsup: $*" >&2; exit 1; }

# install PACKAGE...: installs Debian packages, or says which to install.
install() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        die "missing $*: install it first, e.g. 'apt-get install $*'"
    fi
    echo "supsup: installing $*" >&2
    { apt-get install -y -q --no-install-recommends "$@" || { apt-get update -q && apt-get install -y -q --no-install-recommends "$@"; }; } >&2 \
        || die "could not install $*; install it by hand and run again"
}

# need_command COMMAND PACKAGE
need_command() { command -v "$1" >/dev/null 2>&1 || install "$2"; }

need_tool() {
    command -v dotnet >/dev/null 2>&1 || die "missing the .NET SDK 10: install it, and have dotnet on the PATH"
    # Figures need one font with Latin letters.
    [ -n "$(find /usr/share/fonts /usr/local/share/fonts -name '*.[to]tf' -print -quit 2>/dev/null)" ] || install fonts-dejavu-core
    export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
}

# build_if_stale PROJECT OUTPUT: builds Release unless OUTPUT is newer than every source file. The stamp, not the
# output, is compared: MSBuild leaves an output alone whose inputs have not changed.
build_if_stale() {
    local project=$1 output=$2 stamp="$here/artifacts/$(basename "$1").stamp" log="$here/artifacts/$(basename "$1").log"
    if [ -x "$output" ] && [ -e "$stamp" ] && [ -z "$(find "$here/src" "$here/build" "$here"/Directory.* "$here/global.json" -newer "$stamp" -type f -print -quit)" ]; then
        return 0
    fi
    mkdir -p "$here/artifacts"
    # One build at a time; a second start waits and finds it done.
    exec 9>"$here/artifacts/build.lock"
    if command -v flock >/dev/null 2>&1; then flock 9; fi
    if [ -x "$output" ] && [ -e "$stamp" ] && [ -z "$(find "$here/src" "$here/build" "$here"/Directory.* "$here/global.json" -newer "$stamp" -type f -print -quit)" ]; then
        exec 9>&-
        return 0
    fi
    echo "supsup: building (the first time fetches packages, about 250 MB, and takes a few minutes)" >&2
    touch "$stamp.new"
    if ! dotnet build "$here/$project" -c Release -v quiet >"$log" 2>&1; then
        grep -E 'error|warning' "$log" | sort -u | head -20 >&2
        die "the build failed; the whole output is in $log"
    fi
    mv "$stamp.new" "$stamp"
    exec 9>&-
}
