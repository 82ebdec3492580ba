# SPDX-License-Identifier: GPL-2.0-or-later
# What was aimed at, and whether it was reached. After values.awk.

# A difference of no more than this is none.
function none()
{
	return 1.02
}

function row(what, goal, s, o, r, met)
{
	printf "| %s | %s | %s | %s | %s | %s |\n", what, goal, s, o, r == "" ? "" : sprintf("%.4f", r), \
		met ? "met" : "**not met**"
}

# at_most(WHAT, LOAD, FIGURE, PER_GIB, SCALE, UNIT, PART, GOAL): ours is so much of stock
function at_most(what, name, figure, per_gib, scale, unit, part, goal,	s, o, r)
{
	s = get("stock", name, figure)
	o = get("luo", name, figure)
	if (s == "" || o == "")
		return
	if (per_gib) {
		s = a_gib(s, name)
		o = a_gib(o, name)
	}
	r = ratio(s, o)
	row(what, goal, digits(s / scale) unit, digits(o / scale) unit, r, r <= part)
}

function spread(column,	 i, least, most, x)
{
	for (i = 1; i <= loads; i++) {
		if (load[i] !~ /^[0-9]+-[GM]iB$/ || (x = get(column, load[i], "freeze")) == "")
			continue
		if (!least || x < least)
			least = x
		if (x > most)
			most = x
	}
	return least ? most / least : ""
}

function linear(column)
{
	return ratio(get(column, "1-GiB", "preserve"), get(column, "8-GiB", "preserve"))
}

function shown(format, x)
{
	return x == "" || x == "refused" ? x : sprintf(format, x)
}

# alone(WHAT, GOAL, STOCK, OURS, LIMIT, FORMAT): what ours is measured by is not stock
function alone(what, goal, s, o, limit, format)
{
	if (o != "")
		row(what, goal, shown(format, s), shown(format, o), "", o != "refused" && o <= limit)
}

function huge(column, name,	 p, r)
{
	if (refused(column, name))
		return "refused"
	p = get(column, name, "preserve")
	r = get(column, name, "retrieve")
	return p == "" || r == "" ? "" : (p + r) / 1e6
}

function no_worse(what, name, figure)
{
	at_most(what, name, figure, 0, 1e6, " M", none(), "no more than stock")
}

END {
	print "| figure | goal | stock | ours | ours / stock | |"
	print "|---|---|--:|--:|--:|---|"
	at_most("boot, growth a GiB (at 1 GiB)", "1-GiB", "growth", 1, 1e6, " M", 1 / 50, "1/50 of stock")
	at_most("boot, growth a GiB (at 8 GiB)", "8-GiB", "growth", 1, 1e6, " M", 1 / 50, "1/50 of stock")
	at_most("retrieve 1 GiB", "1-GiB", "retrieve", 0, 1e6, " M", 1 / 10, "1/10 of stock")
	at_most("retrieve 8 GiB", "8-GiB", "retrieve", 0, 1e6, " M", 1 / 10, "1/10 of stock")
	at_most("retrieve 1 GiB, fragmented", "1-GiB-fragmented", "retrieve", 0, 1e6, " M", 1 / 3,
		"1/3 of stock")
	at_most("preserve 1 GiB", "1-GiB", "preserve", 0, 1e6, " M", 1 / 2, "1/2 of stock")
	at_most("preserve 8 GiB", "8-GiB", "preserve", 0, 1e6, " M", 1 / 2, "1/2 of stock")
	alone("preserve, 8 GiB to 1 GiB", "linear: at most 8.8 to 1", linear("stock"), linear("luo"),
	      8.8, "%.2f")
	alone("freeze, most to least of all sizes", "constant: at most 1.05 to 1", spread("stock"),
	      spread("luo"), 1.05, "%.3f")
	at_most("metadata a GiB (at 1 GiB)", "1-GiB", "metadata", 1, 1024, " KiB", 1 / 100,
		"1/100 of stock")
	at_most("metadata a GiB (at 8 GiB)", "8-GiB", "metadata", 1, 1024, " KiB", 1 / 100,
		"1/100 of stock")
	alone("preserve and retrieve 8 GiB of hugetlb pages", "at most 10 M",
	      huge("stock", "8-GiB-hugetlb"),
	      huge("luo", "8-GiB-hugetlb"), 10, "%.3f M")
	no_worse("preserve 10,000 files", "10,000-files", "preserve")
	no_worse("retrieve 10,000 files", "10,000-files", "retrieve")
	no_worse("preserve 1 GiB, ours in stock's format", "1-GiB,-ours-in-stock's-format", "preserve")
	no_worse("retrieve 1 GiB, ours in stock's format", "1-GiB,-ours-in-stock's-format", "retrieve")
	no_worse("boot with 1 GiB, ours in stock's format", "1-GiB,-ours-in-stock's-format", "boot")
}
