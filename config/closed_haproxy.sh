#!/bin/sh
# Ray Serve starts this in HAProxy's place (RAY_SERVE_HAPROXY_BINARY_PATH). It closes what Ray's
# configuration leaves open and has no flag for, and then becomes HAProxy:
#   statistics                      on loopback alone
#   metrics                         on FACEGRAPH_METRICS_HOST, loopback where it is not set
#   the socket that can stop it     for its owner alone
#   the head of a request           has 10 s to arrive
#   nobody to pass a request to     is 503 and a problem, where Ray says 404 and 500 in plain text:
#                                   a HAProxy that has just started knows no replica for a moment
# Where one of them is not found as often as we know it, or something else listens, the configuration
# is not the one we know: HAProxy does not start, and Ray's error carries the sentence below.
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
awk -v metrics="${FACEGRAPH_METRICS_HOST:-127.0.0.1}" -v problems="${0%/*}/haproxy" '
  function problem(status, code) {
    return " status " status " content-type application/problem+json lf-file \"" problems "/" code \
      ".json\" hdr X-Request-ID %[var(txn.request_id)]"
  }
  BEGIN { retry = " hdr Retry-After 1" }
  /^[a-z]/ { section = $1 " " $2 }
  /^ *stats socket / { closed += sub(/ mode [0-7]+ /, " mode 600 ") }
  $1 == "bind" && section == "frontend prometheus" { closed += sub(/[^ ]*:/, metrics ":"); known++ }
  $1 == "bind" && section == "listen stats" { closed += sub(/[^ ]*:/, "127.0.0.1:"); known++ }
  $1 == "bind" && section ~ /^frontend (http|grpc)_frontend$/ { known++ }
  $1 == "bind" { all++ }
  /^ *errorfile 50[23] / { $0 = "    http-error" problem($2, "unavailable") retry }
  /^ *errorfile 504 / { $0 = "    http-error" problem(504, "deadline_exceeded") }
  /^ *http-error / { closed++ }
  /^ *http-request return / && section == "backend default_backend" {
    closed++
    $0 = "    http-request return" problem(503, "unavailable") retry
  }
  { print }
  $1 == "defaults" { closed++; print "    timeout http-request 10s" }
  $1 == "bind" && section == "frontend http_frontend" {
    id = "http-request set-var(txn.request_id)"
    print "    " id " req.hdr(x-request-id) if { req.hdr(x-request-id) -m reg ^[A-Za-z0-9._-]{8,128}$ }"
    print "    " id " uuid() unless { var(txn.request_id) -m found }"
    print "    http-after-response set-status 503 if { status 502 }"
  }
  END { exit closed != 8 || known != all }
' "$configuration" >"$draft" || {
  rm -f "$draft"
  echo "facegraph: this is not the HAProxy configuration of the Ray Serve we know, and it may" \
    "listen where strangers reach it: HAProxy is not started (config/closed_haproxy.sh)" >&2
  exit 1
}
mv "$draft" "$configuration"
exec "$FACEGRAPH_HAPROXY" "$@"
