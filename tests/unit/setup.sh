# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests here: builds what they run, with sanitizers, into
# $LUO_BUILD, once at a time.

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
LUO_BUILD=${LUO_BUILD:-$top/build}

bail_out() {
	echo "Bail out! $*"
	exit 1
}

build() {
	if [ ! -f "$LUO_BUILD/build.ninja" ]; then
		meson setup "$LUO_BUILD" "$top" -Dwerror=true \
			-Db_sanitize=address,undefined -Db_lundef=false -Dtests=enabled || return
	fi
	ninja -C "$LUO_BUILD"
}

mkdir -p "$LUO_BUILD"
exec 9>"$LUO_BUILD/.test-lock"
flock 9
build >"$LUO_BUILD/test-build.log" 2>&1 || {
	sed 's/^/# /' "$LUO_BUILD/test-build.log" | tail -n 30
	bail_out "cannot build"
}
exec 9>&-

export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:exitcode=99
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:exitcode=99
export CMOCKA_MESSAGE_OUTPUT=TAP
