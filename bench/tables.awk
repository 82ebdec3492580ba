# SPDX-License-Identifier: GPL-2.0-or-later
# A table for each figure. After values.awk.

function cell(column, name, figure, scale, per_gib,	x)
{
	if (refused(column, name))
		return "refused"
	x = get(column, name, figure)
	if (per_gib)
		x = a_gib(x, name)
	return x == "" ? "" : digits(x / scale)
}

# table(FIGURE, TITLE, SCALE, PER_GIB): SCALE of what was measured is one of the title's
function table(figure, title, scale, per_gib,	i, name, s, o, r, any)
{
	for (i = 1; i <= loads; i++)
		any = any || get("stock", load[i], figure) get("luo", load[i], figure) != ""
	if (!any)
		return
	print "**" title "**\n"
	print "| load | stock | ours | ours / stock |"
	print "|---|--:|--:|--:|"
	for (i = 1; i <= loads; i++) {
		name = load[i]
		s = cell("stock", name, figure, scale, per_gib)
		o = cell("luo", name, figure, scale, per_gib)
		if (s == "" && o == "")
			continue
		r = ratio(get("stock", name, figure), get("luo", name, figure))
		printf "| %s | %s | %s | %s |\n", words(name), s, o, \
			r == "" ? "" : sprintf("%.3f", r)
	}
	print ""
}

END {
	table("preserve", "preserve, M instructions", 1e6, 0)
	table("preserve-again", "preserve once more, M instructions", 1e6, 0)
	table("unpreserve", "unpreserve, M instructions", 1e6, 0)
	table("freeze", "freeze, thousands of instructions", 1e3, 0)
	table("boot", "boot, M instructions", 1e6, 0)
	table("growth", "boot, growth above nothing preserved, M instructions a GiB", 1e6, 1)
	table("retrieve", "retrieve, M instructions", 1e6, 0)
	table("metadata", "metadata, KiB", 1024, 0)
	table("runs", "runs that the memory of the files is in", 1, 0)
}
