#!/bin/sh
# run-built.sh PACKAGE COMMAND…: builds a package and what it needs, then becomes the command. Quiet when there is nothing to do, and
# silent on standard output, which belongs to the command.
package=$1
shift
[ -d apps/api/dist ] && [ -d apps/docs/dist ] || echo 'Building for the first time; this takes about half a minute.' >&2
if ! output=$(turbo run build --filter="$package" --output-logs=errors-only 2>&1); then
  echo "$output" >&2
  exit 1
fi
exec "$@"
