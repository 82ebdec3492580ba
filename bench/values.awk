# SPDX-License-Identifier: GPL-2.0-or-later
# Reads what bench/run measured: "COLUMN LOAD FIGURE VALUE". Comes before another file,
# which makes something of it in END.
#
# Columns are stock, luo (ours), and luo:NAME, where ours was asked for something else. That
# is seen here as another load of ours.

/^luo:/ { $2 = $2 ",-ours-" substr($1, 5); variant[$2] = 1; $1 = "luo" }
{
	value[$1, $2, $3] = $4
	if (!seen[$2]++)
		load[++loads] = $2
}

# Stock cannot be asked for anything.
function original(name)
{
	if (name in variant)
		sub(/,-ours.*/, "", name)
	return name
}

# GiB that a load has, 0 for those that are counted in files
function gib(name)
{
	if (name !~ /^[0-9]+-[GM]iB/)
		return 0
	return name ~ /^[0-9]+-M/ ? name / 1024 : name + 0
}

function refused(column, name)
{
	if (column == "stock")
		name = original(name)
	return (column, name, "refused") in value
}

# get(COLUMN, LOAD, FIGURE): "" where that was not measured. "growth" is what the boot
# takes more than with nothing preserved.
function get(column, name, figure)
{
	if (column == "stock")
		name = original(name)
	if (figure == "growth") {
		if (!gib(name) || !((column, name, "boot") in value) ||
		    !((column, "nothing", "boot") in value))
			return ""
		return value[column, name, "boot"] - value[column, "nothing", "boot"]
	}
	return (column, name, figure) in value ? value[column, name, figure] : ""
}

function a_gib(x, name)
{
	return x == "" || !gib(name) ? "" : x / gib(name)
}

function ratio(stock, ours)
{
	return stock == "" || ours == "" || stock <= 0 ? "" : ours / stock
}

function words(name)
{
	gsub("-", " ", name)
	return name
}

# Four digits that count, no more
function digits(x)
{
	if (x == "")
		return ""
	if (x == 0)
		return "0"
	return sprintf((x < 0 ? -x : x) >= 1000 ? "%.0f" : (x < 0 ? -x : x) >= 100 ? "%.1f" : \
		(x < 0 ? -x : x) >= 10 ? "%.2f" : (x < 0 ? -x : x) >= 1 ? "%.3f" : "%.4f", x)
}
