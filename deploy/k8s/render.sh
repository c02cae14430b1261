#!/usr/bin/env bash
# Renders every overlay into rendered/, which is checked in: the tests check it also where there is no kubectl, and it
# shows what a change of an overlay comes to. Needs kubectl.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
for overlay in overlays/*/ load-test/; do
    kubectl kustomize "$overlay" >"rendered/$(basename "$overlay").yaml"
done
