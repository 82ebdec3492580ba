# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Sourced by tests of pages.

browser=$(command -v chromium || :)

# browse HOME OPTION... PAGE: what the browser says is in HOME/browser.log, what it keeps is
# there, too. Nothing is fetched from anywhere.
browse() {
	browser_home=$1
	shift
	HOME=$browser_home timeout 120 "$browser" --headless --no-sandbox --disable-gpu \
		--disable-dev-shm-usage --hide-scrollbars --no-first-run \
		--user-data-dir="$browser_home/browser" --enable-logging=stderr "$@" \
		2>"$browser_home/browser.log"
}
