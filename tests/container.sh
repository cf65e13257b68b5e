#!/usr/bin/env bash
# Builds the image and runs it as compose.example.yaml does, with docker or else with buildah and podman.
#
#   tests/container.sh            on the Dockerfile's own base image
#   tests/container.sh --debian   on a base made of Debian's packages by debootstrap, where no image registry is reached
#
# What the latter needs, as root: apt-get install --no-install-recommends buildah podman runc conmon debootstrap
set -euo pipefail
case "${1:-}" in
"" | --debian) ;;
*)
    sed -n 's/^#  *\(tests.*\)/\1/p' "$0" >&2
    exit 2
    ;;
esac
cd "$(dirname "$0")/.."
work=$PWD/build/container
mkdir -p "$work"

if docker info >/dev/null 2>&1; then
    engine=docker
else
    engine=podman
    if [ ! -d /run/systemd/system ]; then # nobody to ask for cgroups, and perhaps no right to raise limits
        printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/storage"\nrunroot = "%s/run"\n' "$work" "$work" >"$work/storage.conf"
        cat >"$work/containers.conf" <<'SETTINGS'
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
SETTINGS
        export CONTAINERS_STORAGE_CONF="$work/storage.conf" CONTAINERS_CONF="$work/containers.conf"
    fi
fi

build() { # arguments: those of the base image
    if [ $engine = docker ]; then
        docker build "$@" --tag devproxy .
    else # the roots of this machine are lent, for networks that reach the package index through a CA of their own
        roots=/etc/ssl/certs/ca-certificates.crt
        [ -f $roots ] && set -- "$@" --volume "$roots:$roots:ro"
        buildah build --isolation=chroot --format docker "$@" --tag localhost/devproxy .
    fi
}

debian() { # an image with Python from Debian's packages
    $engine image inspect localhost/python-debian >/dev/null 2>&1 && return
    debootstrap --variant=minbase --include=python3,python3-venv,python-is-python3,ca-certificates trixie "$work/system" >"$work/debootstrap.log"
    rm -rf "$work"/system/var/cache/apt/archives/*.deb "$work"/system/var/lib/apt/lists/* "$work"/system/usr/share/{doc,man,locale}
    tar -C "$work/system" -c . | $engine import --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin' - localhost/python-debian
    rm -rf "$work/system"
}

started=()
trap '[ ${#started[@]} = 0 ] || $engine rm -f "${started[@]}" >/dev/null 2>&1' EXIT
run() { # options, image and arguments: a container as locked down as the compose file's; its id is $id
    id=$($engine run -d --read-only $([ $engine = podman ] && echo --read-only-tmpfs=false) --cap-drop=ALL --security-opt=no-new-privileges "$@" 2>>"$work/engine.log") || {
        tail -1 "$work/engine.log" && fail "$engine run $*"
    }
    started+=("$id")
}
well() { # a container's own health check, within 15 seconds
    for _ in $(seq 60); do
        if [ $engine = docker ]; then
            [ "$(docker inspect -f '{{.State.Health.Status}}' "$1")" = healthy ] && return
        else
            podman healthcheck run "$1" >/dev/null 2>&1 && return
        fi
        sleep 0.25
    done
    $engine logs "$1"
    return 1
}
says() { # a container's log has these words, within 5 seconds
    for _ in $(seq 20); do
        $engine logs "$1" 2>&1 | grep -qF -- "$2" && return
        sleep 0.25
    done
    $engine logs "$1"
    return 1
}
seen() { printf 'seen: %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2 && exit 1; }

if [ "${1:-}" = --debian ]; then
    debian
    build --build-arg PYTHON_IMAGE=localhost/python-debian >"$work/build.log" 2>&1 || { tail -30 "$work/build.log" && exit 1; }
else
    build >"$work/build.log" 2>&1 || { tail -30 "$work/build.log" && exit 1; }
fi
image=$([ $engine = docker ] && echo devproxy || echo localhost/devproxy)
seen "an image of $(($($engine image inspect -f '{{.Size}}' "$image") / 1000000)) MB, built with $engine"

run --health-cmd 'devproxy health --url http://127.0.0.1:3001/health' "$image" demo --backend-only --host 0.0.0.0 --port 3001
api=$id
well "$api" || fail 'the api is not well'
address=$($engine inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$api")
seen "the demo's backend as the api, well at /health"

port=18484
own=http://localhost:$port
page='Origin: http://localhost:5173'
run -p 127.0.0.1:$port:8484 --add-host "api:$address" "$image" http://api:3001
proxy=$id
well "$proxy" || fail 'devproxy is not well'
seen "devproxy, well by the image's own health check"
curl -fsS $own/__devproxy__/health >/dev/null
curl -fsSi -H "$page" $own/api/users | tr -d '\r' | grep -ix 'access-control-allow-origin: http://localhost:5173' >/dev/null || fail 'GET'
seen 'a GET of a page, readable for it'
curl -fsSi -X OPTIONS -H "$page" -H 'Access-Control-Request-Method: PUT' $own/api/users/1 | grep -i 'access-control-allow-methods: .*PUT' >/dev/null || fail 'OPTIONS'
seen 'a preflight, answered'
curl -fsSi -H "$page" -H 'Content-Type: application/json' -d '{"name": "Ada"}' $own/api/users | grep '^HTTP/1.1 201' >/dev/null || fail 'POST'
seen 'a POST of a page, 201'
[ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Origin: https://evil.example' -d x $own/api/users)" = 403 ] || fail 'cross-site POST'
[ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: evil.example' $own/api/users)" = 403 ] || fail 'foreign Host'
seen 'a POST of a foreign page and a foreign Host, 403'
python3 - $port <<'CHECK' || fail 'WebSocket'
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5) as speaking:
    speaking.sendall(
        f"GET /api/socket HTTP/1.1\r\nHost: localhost:{sys.argv[1]}\r\nOrigin: http://localhost:5173\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    heard = b""
    while b"\r\n\r\n" not in heard:
        heard += speaking.recv(4096)
    speaking.sendall(b"\x81\x85\0\0\0\0hello")
    while not heard.endswith(b"you said: hello"):
        more = speaking.recv(4096)
        assert more, heard
        heard += more
CHECK
seen 'a WebSocket, there and back'
[ "$($engine exec "$proxy" id -u)" = 10001 ] || fail 'user'
$engine exec "$proxy" sh -c 'for at in /tmp /var/tmp /run /etc/devproxy; do touch "$at/x" 2>/dev/null && exit 0; done; exit 1' &&
    fail 'something is writable'
[ "$($engine exec "$proxy" sed -n 's/^CapEff:\t//p' /proc/1/status)" = 0000000000000000 ] || fail 'capabilities'
seen 'uid 10001, a read-only root, no capabilities'
began=$(date +%s%N)
$engine stop -t 10 "$proxy" >/dev/null 2>&1
took=$((($(date +%s%N) - began) / 1000000))
[ "$($engine inspect -f '{{.State.ExitCode}}' "$proxy")" = 0 ] || fail 'exit code'
seen "SIGTERM: exit code 0 after $took ms"

mkdir -p "$work/etc" "$work/empty"
printf 'listen: {host: localhost, port: 9000}\nroutes: {/api: "http://api:3001"}\n' >"$work/etc/proxy.yaml"
run -p 127.0.0.1:$port:8484 --add-host "api:$address" -v "$work/etc:/etc/devproxy:ro" "$image"
well "$id" || fail 'a mounted folder'
curl -fsS $own/api/users >/dev/null
seen 'a mounted proxy.yaml that says localhost:9000: the environment goes before it'
$engine stop "$id" >/dev/null 2>&1
run -p 127.0.0.1:$port:8484 --add-host "api:$address" -e DEVPROXY_CONFIG=/none.yaml "$image" http://api:3001
well "$id" || fail 'arguments'
seen 'arguments go before DEVPROXY_CONFIG'
$engine stop "$id" >/dev/null 2>&1

run -v "$work/empty:/etc/devproxy/proxy.yaml:ro" "$image" && says "$id" 'Docker makes a folder of a mounted file that is missing'
run "$image" http://localhost:3001 && says "$id" 'localhost is this container: '
run -e DEVPROXY_HOST=localhost "$image" http://api:3001 && says "$id" 'which published ports do not reach'
run -p 127.0.0.1:$port:8484 --add-host host.docker.internal:127.0.0.1 "$image" http://host.docker.internal:3001 && well "$id"
curl -s $own/api/users | grep 'On Linux it also has to listen on 0.0.0.0' >/dev/null || fail 'host.docker.internal'
seen 'hints: a folder in place of a file, localhost as the target, localhost to listen on, host.docker.internal refused'

if $engine compose version >/dev/null 2>&1; then
    $engine compose -f compose.example.yaml config --quiet
    seen "compose.example.yaml, valid for $engine compose"
fi
if [ $engine = docker ] && docker compose version >/dev/null 2>&1; then
    trap 'docker rm -f "${started[@]}" >/dev/null 2>&1; docker compose -f compose.example.yaml down >/dev/null 2>&1' EXIT
    docker compose -f compose.example.yaml up --detach --wait
    curl -fsSi -H "$page" http://localhost:8484/api/users | grep -i '^access-control-allow-origin' >/dev/null || fail 'compose'
    seen 'compose.example.yaml, up and asked'
fi
