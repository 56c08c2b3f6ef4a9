#!/bin/sh
# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
#
#   install_deps.sh build|demo|s3demo|check [--missing]
#
# Installs what debian/control's Build-Depends asks for and this machine lacks, for one purpose:
#   build    what `make` needs
#   demo     that and the embedded shop of `make demo` (sqlite, file:// origin)
#   s3demo   that and the shop of `make demo S3=1` (MariaDB, Ceph's S3 gateway)
#   check    everything: what `make check` needs
# --missing only prints what lacks, one dependency a line. When nothing lacks, this takes one dpkg-query.
#
# No service is started by the installation, with systemd or without: the tests start their own.

set -eu

control=$(cd "$(dirname "$0")/../.." && pwd)/debian/control
policy=/usr/sbin/policy-rc.d
mark='# made by mod_audiodl install_deps.sh'

usage() {
  sed -n '5,12s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

say() { echo "install_deps: $*" >&2; }

# The build profiles that stand for each purpose; a purpose is always a set of active profiles.
case "${1-}" in
  build) profiles='nocheck' ;;
  demo) profiles='nocheck pkg.mod-audiodl.demo' ;;
  s3demo) profiles='nocheck pkg.mod-audiodl.s3demo' ;;
  check) profiles='' ;;
  *) usage ;;
esac
[ $# -eq 1 ] || [ "$2" = --missing ] || usage

# Prints "a | b" for each dependency of this purpose that no installed package is or provides. A
# restriction formula is what deb-src-control(5) says: lists are alternatives, terms in a list all hold.
# g++ and make are not in Build-Depends because Debian policy takes them for granted; we do not.
missing() {
  dpkg-query -W -f='${db:Status-Status}\t${Package}, ${Provides}\n' |
    awk -v profiles="$profiles" '
      function holds(formula,   lists, n, i) {
        if (formula !~ /</) return 1
        n = split(formula, lists, ">")
        for (i = 1; i < n; i++) if (list_holds(lists[i])) return 1
        return 0
      }
      function list_holds(list,   terms, n, i, negated) {
        sub(/.*</, "", list)
        n = split(list, terms, " ")
        for (i = 1; i <= n; i++) {
          negated = sub(/^!/, "", terms[i])
          if ((terms[i] in active) == negated) return 0
        }
        return 1
      }
      function check(dependency,   choices, n, i, name, wanted) {
        n = split(dependency, choices, "|")
        for (i = 1; i <= n; i++) {
          if (!holds(choices[i])) continue
          name = choices[i]
          gsub(/[<(\[].*|[ \t]/, "", name)
          if (name in installed) return
          if (name != "") wanted = wanted (wanted == "" ? "" : " | ") name
        }
        if (wanted != "") print wanted
      }
      BEGIN { n = split(profiles, p, " "); for (i = 1; i <= n; i++) active[p[i]] }
      FNR == NR {
        if (sub(/^installed\t/, "") == 0) next
        gsub(/\([^)]*\)|[ \t]/, "")
        n = split($0, names, ",")
        for (i = 1; i <= n; i++) installed[names[i]]
        next
      }
      /^#/ { next }
      /^[^ \t]/ { inside = /^Build-Depends:/; sub(/^[^:]*:/, "") }
      inside { all = all $0 }
      END {
        n = split("g++,make," all, dependencies, ",")
        for (i = 1; i <= n; i++) check(dependencies[i])
      }' - "$control"
}

# Forbids the packages' scripts to start services, unless the machine has a policy of its own. The file
# goes when this script ends; were this script killed, the file would say yes and remove itself.
forbid_services() {
  if [ -f "$policy" ] && grep -q "$mark" "$policy"; then rm -f "$policy"; fi
  if [ -e "$policy" ] || [ -L "$policy" ]; then return 0; fi
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  (set -C; cat > "$policy") <<END
#!/bin/sh
$mark
kill -0 $$ 2>/dev/null && exit 101
rm -f "\$0"
exit 0
END
  chmod 755 "$policy"
}

# apt chooses among alternatives itself; stale or absent package lists are fetched once.
install() {
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  set -- apt-get satisfy -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
  "$@" || {
    say 'trying again with fresh package lists'
    apt-get update -qq
    "$@"
  }
}

if ! command -v dpkg-query >/dev/null; then
  say 'this is no Debian system: install what debian/control lists under Build-Depends by hand'
  exit 1
fi
lacking=$(missing)
if [ "${2-}" = --missing ]; then
  [ -z "$lacking" ] || echo "$lacking"
  exit 0
fi
[ -n "$lacking" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    exec sudo sh "$0" "$1"
  fi
  say "these packages are missing and only root can install them:"
  echo "$lacking" | sed 's/^/  /' >&2
  say "run  apt-get install --no-install-recommends $(echo "$lacking" | sed 's/ |.*//' | tr '\n' ' ')"
  exit 1
fi

# One installation at a time: a second one waits here, and then finds nothing to do.
exec 9<"$control"
flock 9
lacking=$(missing)
[ -n "$lacking" ] || exit 0
say "installing $(echo "$lacking" | tr '\n' ',' | sed 's/,$//; s/,/, /g')"
forbid_services
(
  IFS='
'
  # One argument a line of the list, so unquoted on purpose.
  # shellcheck disable=SC2086
  set -f -- $lacking
  unset IFS
  install "$@" 9<&-
)
