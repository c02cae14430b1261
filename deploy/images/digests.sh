#!/usr/bin/env bash
# digests.sh FOLDER [IMAGE…]: looks up what the tags of images stand for now. Writes a Kustomize component into FOLDER that sets these
# images by digest, so that a tag which moves changes nothing in a cluster, and prints the arguments of docker build that do so for the
# Dockerfile's base images. Without IMAGE, those of the overlay dev that others publish; give your own as they stand in your overlay.
# Needs crane, skopeo or docker with buildx, and the registries.
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: $0 FOLDER [IMAGE…]" >&2; exit 2; }
folder=$1
shift
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
fail() { echo "$*" >&2; exit 1; }

digest() {
    local found
    if command -v crane >/dev/null; then found=$(crane digest "$1")
    elif command -v skopeo >/dev/null; then found=$(skopeo inspect --no-tags --format '{{.Digest}}' "docker://$1")
    elif docker buildx version >/dev/null 2>&1; then found=$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$1")
    else fail "there is no crane, skopeo or docker buildx to look digests up with; install one"
    fi || fail "the digest of $1 cannot be looked up"
    [[ $found =~ ^sha256:[0-9a-f]{64}$ ]] || fail "'$found' is no digest, of $1"
    echo "$found"
}

[ $# -gt 0 ] || mapfile -t images < <(sed -n 's/^ *image: //p' "$here/../k8s/rendered/dev.yaml" | grep -v '^supsup-' | sort -u)
[ $# -eq 0 ] || images=("$@")
entries=""
for image in "${images[@]}"; do
    found=$(digest "$image")
    entries+="  # $image"$'\n'"  - name: ${image%:*}"$'\n'"    digest: $found"$'\n'
done
arguments=()
while IFS== read -r name image; do
    found=$(digest "$image")
    arguments+=("--build-arg $name=$image@$found")
done < <(sed -n 's/^ARG \([A-Z]*=.*:.*\)$/\1/p' "$here/Dockerfile")

mkdir -p "$folder"
cat >"$folder/kustomization.yaml" <<YAML
# Written by deploy/images/digests.sh: what these tags stood for.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
images:
${entries%$'\n'}
YAML
printf '%s\n' "${arguments[@]}"
