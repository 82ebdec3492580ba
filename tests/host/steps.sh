# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The commands of docs/host.md, for tests that do what stands there. Sourced.

# step NAME: those that follow the mark of that name, up to the next text
step()
{
	awk -v mark="<!-- step: $1 -->" '
		$0 == mark { on = 1; next }
		on && /^\t/ { print substr($0, 2); began = 1; next }
		on && began { exit }' "$TOP/docs/host.md"
}
