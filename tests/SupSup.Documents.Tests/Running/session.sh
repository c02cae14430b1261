# Sourced first by the shell that runs the commands of a document.
set -Eeuo pipefail
trap 'code=$?; echo "exit code $code: $BASH_COMMAND" >&2; exit 1' ERR
trap 'stop_silo; kill $(jobs -p) 2>/dev/null || true' EXIT
silo=

# An answer that is an error fails the command.
curl() { command curl --silent --show-error --fail-with-body "$@"; }

# These would change more than the sandbox: a document says before such a block that it is not run.
no_sandbox() { echo "this changes more than a sandbox; write '<!-- not run: REASON -->' before the block" >&2; return 1; }
for name in kubectl docker kind az apt-get sudo git; do eval "$name() { no_sandbox; }"; done

# serve COMMAND...: a silo beside the commands that follow, in the place of the one before.
serve() {
    stop_silo
    : >silo.log
    "$@" >silo.log 2>&1 &
    silo=$!
    until grep -Eq 'is ready|Application started' silo.log; do
        kill -0 "$silo" 2>/dev/null || { cat silo.log >&2; return 1; }
        read -rt 0.1 <> <(:) || true
    done
}

stop_silo() {
    [ -n "$silo" ] || return 0
    kill -TERM "$silo" 2>/dev/null || true
    wait "$silo" || { cat silo.log >&2; return 1; }
    silo=
}

# What was built is not built again: a project is run as its program.
dotnet() {
    case "$1 ${2:-}" in
        "build "*) [ -e "$2" ] ;;
        *)
            if [[ " $* " != *" --project "* ]]; then command dotnet "$@"; return; fi
            while [ "$1" != --project ]; do shift; done
            local name=$(basename "$2")
            shift 3
            # A silo beside the shell is to be the process that is told to stop.
            if [ "$BASHPID" != "$$" ]; then exec "$PROGRAMS/$name/release/$name" "$@"; fi
            "$PROGRAMS/$name/release/$name" "$@"
            ;;
    esac
}

# Pictures are read by Pillow, which the system's own Python may have where another comes first.
python3() {
    if command python3 -c 'import PIL' 2>/dev/null || [ ! -x /usr/bin/python3 ]; then command python3 "$@"; else /usr/bin/python3 "$@"; fi
}
