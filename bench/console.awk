# SPDX-License-Identifier: GPL-2.0-or-later
# What happened while no program was running, in nanoseconds, from the kernels' messages.
# Wants FIGURE: freeze, boot or jump; fails where marks are missing. See bench/bench.c.
#
# The log's clock starts anew with each kernel and has a resolution of 1,000 ns, the CPU's
# counter does not; both stand beside each other in lines with "tsc=".

function at()
{
	match($0, /[0-9]+\.[0-9]+/)
	return substr($0, RSTART, RLENGTH) * 1e9
}

function tsc()
{
	sub(/.*tsc=/, "")
	return $0 + 0
}

/bench: first mark/			{ first = at() }
/bench: second mark/			{ second = at(); left = tsc(); next }
/bench: leaves/				{ left = tsc(); next }
second && !down && /: shutdown/		{ down = at() }
/Starting new kernel/			{ start = at() }
left && /Run \/init as init/		{ init = at() }
/bench: arrived/			{ here = at(); arrived = tsc() }

END {
	if (FIGURE == "freeze") {
		if (!down)
			exit 1
		# Writing a mark takes time as well, once for each of them.
		printf "%.0f\n", down - second - (second - first)
		exit
	}
	if (!left || !start || !init || !arrived)
		exit 1
	printf "%.0f\n", arrived - (here - init) - left - (FIGURE == "boot" ? start - second : 0)
}
