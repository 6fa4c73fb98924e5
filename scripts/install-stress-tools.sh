#!/bin/sh
# Installs what the stress suite takes from Debian: strace, slowhttptest and libfaketime. To be run as root.
set -eu

missing=''
for tool in strace slowhttptest; do
  command -v "$tool" >/dev/null || missing="$missing $tool"
done
ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || missing="$missing libfaketime"
[ -n "$missing" ] || exit 0

echo "Installing$missing."
apt-get update -qq
# One word each.
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
