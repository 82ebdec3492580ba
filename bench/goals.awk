# SPDX-License-Identifier: GPL-2.0-or-later
# What was aimed at, and whether it was reached. After values.awk.

# A difference of no more than this is none.
function none()
{
	return 1.02
}

function row(what, goal, s, o, r, met)
{
	printf "| %s | %s | %s | %s | %s | %s |\n", what, goal, s, o, \
		r == "" ? "" : sprintf("%.4f", r), met ? "met" : "**not met**"
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

# What 8 GiB take of what 1 GiB takes, which is linear up to here
function linear(eight)
{
	alone("preserve, " words(eight) " to 1 GiB", "linear: at most 8.8 to 1",
	      ratio(get("stock", "1-GiB", "preserve"), get("stock", eight, "preserve")),
	      ratio(get("luo", "1-GiB", "preserve"), get("luo", eight, "preserve")), 8.8, "%.2f")
}

function shown(format, x)
{
	return x == "" || x == "refused" ? x : sprintf(format, x)
}

# alone(WHAT, GOAL, STOCK, OURS, LIMIT, FORMAT): what ours is measured by is not stock
function alone(what, goal, s, o, limit, format)
{
	if (o != "")
		row(what, goal, shown(format, s), shown(format, o), "",
		    o != "refused" && o <= limit)
}

function both(column, name,	 p, r)
{
	if (refused(column, name))
		return "refused"
	p = get(column, name, "preserve")
	r = get(column, name, "retrieve")
	return p == "" || r == "" ? "" : (p + r) / 1e6
}

function huge(name)
{
	alone("preserve and retrieve " words(name), "at most 10 M", both("stock", name),
	      both("luo", name), 10, "%.3f M")
}

function no_worse(what, name, figure)
{
	at_most(what, name, figure, 0, 1e6, " M", none(), "no more than stock")
}

function growth(size)
{
	at_most("boot, growth a GiB (at " words(size) ")", size, "growth", 1, 1e6, " M", 1 / 50,
		"1/50 of stock")
}

function metadata(size)
{
	at_most("metadata a GiB (at " words(size) ")", size, "metadata", 1, 1024, " KiB", 1 / 100,
		"1/100 of stock")
}

# more(COLUMN, FROM, TO): metadata that each GiB between the two sizes takes
function more(column, from, to,	 f, t)
{
	f = get(column, from, "metadata")
	t = get(column, to, "metadata")
	return f == "" || t == "" ? "" : (t - f) / (gib(to) - gib(from))
}

# What the first GiB takes is more: most of it would be there for a page as well.
function metadata_more(from, to,	s, o, r)
{
	s = more("stock", from, to)
	o = more("luo", from, to)
	if (s == "" || o == "")
		return
	r = ratio(s, o)
	row("metadata for a GiB more (" words(from) " to " words(to) ")", "1/100 of stock",
	    digits(s / 1024) " KiB", digits(o / 1024) " KiB", r, r <= 1 / 100)
}

# part(FIGURE, LOAD, N): one in N
function part(figure, name, n)
{
	at_most(figure " " words(name), name, figure, 0, 1e6, " M", 1 / n, "1/" n " of stock")
}

END {
	same = "1-GiB,-ours-in-stock's-format"
	print "| figure | goal | stock | ours | ours / stock | |"
	print "|---|---|--:|--:|--:|---|"
	growth("1-GiB")
	growth("8-GiB")
	part("retrieve", "1-GiB", 10)
	part("retrieve", "8-GiB", 10)
	part("retrieve", "256-MiB-fragmented", 3)
	part("retrieve", "256-MiB-fragmented,-ours-not-avoiding-scratch", 3)
	part("preserve", "1-GiB", 2)
	part("preserve", "8-GiB", 2)
	linear("8-GiB")
	alone("freeze, most to least of all sizes", "constant: at most 1.05 to 1",
	      spread("stock"), spread("luo"), 1.05, "%.3f")
	metadata("1-GiB")
	metadata("8-GiB")
	metadata_more("1-GiB", "3-GiB")
	metadata_more("1-GiB", "8-GiB")
	huge("8-GiB-hugetlb")
	no_worse("preserve 10,000 files", "10,000-files", "preserve")
	no_worse("retrieve 10,000 files", "10,000-files", "retrieve")
	no_worse("preserve " words(same), same, "preserve")
	no_worse("retrieve " words(same), same, "retrieve")
	no_worse("boot with " words(same), same, "boot")
}
