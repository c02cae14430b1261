#!/usr/bin/env bash
# Packs the client library, the contracts that it stands on, and the tool without libtorch (it trains on the processor all the same), for
# Linux on x64 and arm64:
#   build/pack.sh && dotnet tool install -g supsup --add-source artifacts/packages
#   build/pack.sh && dotnet add package SupSup.Client --source "$PWD/artifacts/packages"
set -euo pipefail
cd "$(dirname "$0")/.."
out="$PWD/artifacts/packages"
# Folders of their own: packages are for any machine, builds for this one.
common=(-c Release -o "$out" -v quiet --nologo -p:UseCurrentRuntimeIdentifier=false "-p:ArtifactsPath=$PWD/artifacts/packing")
dotnet pack src/SupSup.Grains.Interfaces "${common[@]}"
dotnet pack src/SupSup.Client "${common[@]}"
dotnet pack src/SupSup.Cli "${common[@]}" -p:Torch=false -p:PackAsTool=true "-p:ArtifactsPath=$PWD/artifacts/packing-tool"
ls -l "$out"
