#!/bin/sh
# Ray Serve starts this in HAProxy's place (RAY_SERVE_HAPROXY_BINARY_PATH). It closes what Ray's
# configuration leaves open and has no flag for, and then becomes HAProxy:
#   statistics                      on loopback alone
#   metrics                         on FACEGRAPH_METRICS_HOST, loopback where it is not set
#   the socket that can stop it     for its owner alone
#   the head of a request           has 10 s to arrive
# Where one of the four is not found once, or something else listens, the configuration is not the
# one we know: HAProxy does not start, and Ray's error carries the sentence below.
set -eu

configuration=
previous=
for argument in "$@"; do
  [ "$previous" != -f ] || configuration=$argument
  previous=$argument
done

# The edited file takes the place of Ray's, because Ray knows its processes by that path.
draft=$configuration.closed
umask 077
awk -v metrics="${FACEGRAPH_METRICS_HOST:-127.0.0.1}" '
  /^[a-z]/ { section = $1 " " $2 }
  /^ *stats socket / { closed += sub(/ mode [0-7]+ /, " mode 600 ") }
  $1 == "bind" && section == "frontend prometheus" { closed += sub(/[^ ]*:/, metrics ":"); known++ }
  $1 == "bind" && section == "listen stats" { closed += sub(/[^ ]*:/, "127.0.0.1:"); known++ }
  $1 == "bind" && section ~ /^frontend (http|grpc)_frontend$/ { known++ }
  $1 == "bind" { all++ }
  { print }
  $1 == "defaults" { closed++; print "    timeout http-request 10s" }
  END { exit closed != 4 || known != all }
' "$configuration" >"$draft" || {
  rm -f "$draft"
  echo "facegraph: this is not the HAProxy configuration of the Ray Serve we know, and it may" \
    "listen where strangers reach it: HAProxy is not started (config/closed_haproxy.sh)" >&2
  exit 1
}
mv "$draft" "$configuration"
exec "$FACEGRAPH_HAPROXY" "$@"
