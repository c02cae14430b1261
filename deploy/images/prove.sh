#!/usr/bin/env bash
# prove.sh FOLDER POD [ARGUMENT of dotnet publish…]: proves the images' file systems, and the settings of a pod, where
# there is no container engine. It lays out in FOLDER what each stage of the Dockerfile copies, and of the base image
# only .NET and the libraries in base-libraries.txt, taken from this machine. Then, in namespaces of its own (processes,
# mounts, a network with loopback only), it starts a Redis and an Azurite, and the silo as the Dockerfile says: its
# user, everything read-only but /tmp, no privileges. The silo must become ready, ask for a key, learn from the dataset
# in the image, answer the load test run out of the tool's image, and end on SIGTERM.
# POD is a folder that says what a manifest does, one item a line: silo.env (NAME=VALUE; the pod's address is 10.244.1.7),
# redis, azurite and load-test (arguments); keys.json is the keys file, and key a key of the role admin in it. The tests
# write it from the overlay dev.
# Exit code: 0 proved, 1 not, 77 cannot be tried here; the last line says why.
set -euo pipefail
script=$(readlink -f "${BASH_SOURCE[0]}")
images=$(dirname "$script")
dockerfile=$images/Dockerfile

fail() { echo "not proved: $*" >&2; exit 1; }
skip() { echo "cannot be tried here: $*" >&2; exit 77; }

# instructions STAGE: those of a stage of the Dockerfile, one a line.
instructions() {
    sed -e ':more' -e '/\\$/{N;s/\\\n//;bmore' -e '}' -e '/^#/d' "$dockerfile" |
        awk -v stage="$1" '$1 == "FROM" { on = $NF == stage; next } on && NF'
}

# link FROM TO: a copy, by hard links where both are on one file system.
link() {
    mkdir -p "$(dirname "$2")"
    cp -al "$1" "$2" 2>/dev/null || { rm -rf "$2" && cp -a "$1" "$2"; }
}

# libraries FOLDER…: the libraries that the programs below ask for and that are not among them. The runtime's trace
# provider is left out: .NET does without it where lttng is missing, as it is in the base image.
libraries() {
    find "$@" -type f \( -name '*.so' -o -name '*.so.*' -o -name dotnet -o -name SupSup.Silo -o -name supsup \) \
        ! -name libcoreclrtraceptprovider.so -print0 |
        xargs -0 -n 1 ldd 2>/dev/null |
        awk '/=>/ { print $1, $3 } /^\t\/.*ld-linux/ { print $1, $1 }' | sort -u |
        while read -r name path; do
            [ -n "$(find "$@" -name "$(basename "$name")" -print -quit)" ] || echo "$(basename "$name") $path"
        done
}

# lay_out STAGE: the root file system of a stage's image.
lay_out() {
    local root=$folder/root/$1 at name path source target
    mkdir -p "$root"/{app,tmp,proc,dev,etc/supsup/keys,usr/bin,lib64,lib/x86_64-linux-gnu,usr/share/dotnet/host/fxr}
    # The base image: .NET …
    at=$(dirname "$(readlink -f "$(command -v dotnet)")")
    link "$at/dotnet" "$root/usr/share/dotnet/dotnet"
    ln -s /usr/share/dotnet/dotnet "$root/usr/bin/dotnet"
    for path in host/fxr shared/Microsoft.NETCore.App shared/Microsoft.AspNetCore.App; do
        name=$(cd "$at/$path" && ls -d 10.0.* | sort -V | tail -n 1)
        link "$at/$path/$name" "$root/usr/share/dotnet/$path/$name"
    done
    # … the libraries …
    while read -r name; do
        path=$(ldconfig -p | awk -v name="$name" '$1 == name && /x86-64/ { print $NF; exit }')
        [ -n "$path" ] || skip "this machine has no $name"
        source=$(readlink -f "$path")
        case "$name" in
            ld-linux*) cp "$source" "$root/lib64/$name" ;;
            *) cp "$source" "$root/lib/x86_64-linux-gnu/$name" ;;
        esac
    done < <(grep -v '^#' "$images/base-libraries.txt")
    # … and users.
    echo "root:x:0:0:root:/root:/sbin/nologin" >"$root/etc/passwd"
    echo "app:x:1654:1654::/home/app:/sbin/nologin" >>"$root/etc/passwd"
    echo "127.0.0.1 localhost redis azurite" >"$root/etc/hosts"
    # What the Dockerfile copies.
    while read -r _ _ source target; do
        [ "${source#/out/}" = "$source" ] || source=$folder/published/${source#/out/}
        [ -e "$source" ] || skip "there is no $source"
        rm -rf "${root:?}$target"
        link "$source" "$root$target"
    done < <(instructions "$1" | grep '^COPY')
    while read -r name path; do
        grep -qx -- "$name" "$images/base-libraries.txt" \
            || fail "$name is wanted by a file of $1, and is neither in the image nor in base-libraries.txt"
    done < <(libraries "$root/app" "$root/usr/share/dotnet")
}

# close STAGE: mounts what a container has, and makes the rest read-only.
close() {
    local root=$folder/root/$1 device
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
    mount -t tmpfs tmpfs "$root/dev"
    for device in null zero random urandom; do
        touch "$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
    done
    mount -o remount,bind,ro "$root"
    ! touch "$root/app/written" 2>/dev/null || fail "the root file system of $1 can be written to"
}

# enter STAGE [NAME=VALUE…] -- [ARGUMENT…]: becomes the stage's program.
enter() {
    local root=$folder/root/$1 user entry environment
    user=$(instructions "$1" | awk '$1 == "USER" { print $2 }')
    entry=$(instructions "$1" | sed -n 's/^ENTRYPOINT \[\(.*\)\]$/\1/p' | tr -d '",')
    environment=$(instructions "$1" | sed -n 's/^ENV //p')
    shift
    local settings=()
    while [ "$1" != -- ]; do settings+=("$1"); shift; done
    shift
    # shellcheck disable=SC2086 # neither the entry point nor the environment has spaces in its words
    exec env -i PATH=/usr/bin:/usr/sbin:/bin:/sbin $environment "${settings[@]}" \
        setpriv --no-new-privs chroot --userspec="$user" --groups= "$root" /usr/share/dotnet/$entry "$@"
}

# ask PATH [HEADER]: the status code of the silo's answer, as a kubelet or a client asks it; 000 where nobody answers.
ask() {
    { exec 3<>"/dev/tcp/$address/8080"; } 2>/dev/null || { echo 000; return; }
    printf 'GET %s HTTP/1.1\r\nHost: %s:8080\r\n%sConnection: close\r\n\r\n' "$1" "$address" "${2:+$2$'\r\n'}" >&3
    local status
    read -r _ status _ <&3 || status=000
    exec 3>&-
    echo "$status"
}

inside() {
    ip link set lo up
    ip address add "$address/32" dev lo
    mkdir -p "$folder/redis-data" "$folder/azurite-data"
    local redis azurite settings arguments
    mapfile -t redis <"$pod/redis"
    mapfile -t azurite <"$pod/azurite"
    mapfile -t settings <"$pod/silo.env"
    mapfile -t arguments <"$pod/load-test"
    redis-server "${redis[@]//\/data//$folder/redis-data}" >"$folder/redis.log" 2>&1 &
    node "$azurite_program" "${azurite[@]//\/data//$folder/azurite-data}" >"$folder/azurite.log" 2>&1 &
    cp "$pod/keys.json" "$folder/root/silo/etc/supsup/keys/"
    close silo
    close tool
    # Training in groups is what takes libtorch on a machine without a GPU. An image without it refuses that.
    local groups=true
    if [ ! -e "$folder/root/silo/app/libtorch_cpu.so" ]; then
        groups=false
        (enter silo "${settings[@]}" SupSup__Compute__TrainInGroups=true -- >"$folder/refused.log" 2>&1) &&
            fail "an image without libtorch trains in groups"
        grep -q 'this build has no libtorch' "$folder/refused.log" ||
            fail "an image without libtorch does not say so; its log is in $folder/refused.log"
    fi
    (enter silo "${settings[@]}" "SupSup__Compute__TrainInGroups=$groups" -- >"$folder/silo.log" 2>&1) &
    local silo=$! tries=0 status=0 is
    until [ "$(ask /health/ready)" = 200 ]; do
        kill -0 "$silo" 2>/dev/null || { tail -n 20 "$folder/silo.log" >&2; fail "the silo ended; the whole log is in $folder/silo.log"; }
        [ $((tries += 1)) -le 600 ] \
            || { tail -n 20 "$folder/silo.log" >&2; fail "the silo was not ready within two minutes; its log is in $folder/silo.log"; }
        sleep 0.2
    done
    is=$(awk '/^Uid:/ { print "user", $2 } /^CapEff:/ { print "capabilities", $2 } /^NoNewPrivs:/ { print "no-new-privileges", $2 }' \
        "/proc/$silo/status" | paste -sd' ')
    [ "$is" = "user 1654 capabilities 0000000000000000 no-new-privileges 1" ] || fail "the silo has $is"
    echo "ready: $is"
    [ "$(ask /health/startup) $(ask /health/live)" = "200 200" ] || fail "the silo is ready, and not alive"
    is="$(ask /v1/models) $(ask /v1/models "Authorization: Bearer $(cat "$pod/key")")"
    [ "$is" = "401 200" ] || fail "/v1/models answers $is, and not 401 without and 200 with the key"
    (: <"/dev/tcp/$address/9000") 2>/dev/null || fail "nobody listens on the port of gRPC"
    (enter tool -- "${arguments[@]}" >"$folder/loadtest.json" 2>"$folder/loadtest.log") ||
        { tail -n 20 "$folder/loadtest.log" >&2; fail "the load test failed; its log is in $folder/loadtest.log"; }
    grep -E '^  "(acknowledgedTasks|lostTasks|errors)":' "$folder/loadtest.json"
    cp "$folder/root/tool/tmp/report/loadtest.png" "$folder/"
    is=$(grep -q libtorch_cpu.so "/proc/$silo/maps" && echo true || echo false)
    [ "$is" = "$groups" ] || fail "training in groups is $groups, and libtorch in the silo's memory $is"
    kill -TERM "$silo"
    wait "$silo" || status=$?
    [ "$status" = 0 ] || fail "the silo ended with code $status on SIGTERM; its log is in $folder/silo.log"
    echo "proved: the silo became ready, asked for a key, learned (in groups, with libtorch: $groups), answered and ended on SIGTERM"
}

address=10.244.1.7
azurite_program=$(dirname "$(dirname "$images")")/artifacts/tools/azurite/node_modules/azurite/dist/src/blob/main.js
if [ "${1:-}" = --inside ]; then
    folder=$2 pod=$3
    inside
    exit
fi

[ $# -ge 2 ] || { echo "usage: $0 FOLDER POD [ARGUMENT of dotnet publish…]" >&2; exit 2; }
[ "$(id -u)" = 0 ] || skip "it takes root, for chroot and namespaces"
for command in unshare setpriv chroot ip ldd ldconfig redis-server node; do
    command -v "$command" >/dev/null || skip "there is no $command"
done
[ -e "$azurite_program" ] || skip "there is no Azurite in artifacts/tools; ./test.sh installs it"
unshare --mount --pid --net --fork true 2>/dev/null || skip "namespaces are not allowed"
mkdir -p "$1"
folder=$(cd "$1" && pwd)
pod=$(cd "$2" && pwd)
rm -rf "$folder/root" "$folder/redis-data" "$folder/azurite-data"
bash "$images/publish.sh" "$folder/published" "${@:3}" >"$folder/publish.log" 2>&1 || {
    tail -n 20 "$folder/publish.log" >&2
    fail "the images' files could not be published; the whole output is in $folder/publish.log"
}
lay_out silo
lay_out tool
status=0
# With the script, the first process of its namespace, every other one of it ends, and every mount.
setpriv --pdeathsig KILL unshare --mount --pid --net --fork --mount-proc --kill-child bash "$script" --inside "$folder" "$pod" || status=$?
rm -rf "$folder/root" "$folder/redis-data" "$folder/azurite-data"
exit "$status"
