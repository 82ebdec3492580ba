# SPDX-License-Identifier: GPL-2.0-or-later
# An SVG of what preserve, boot and retrieve take over the size, stock beside ours, both
# axes logarithmic. After values.awk. A growth of nothing or less has no place in it.

function log10(x)
{
	return log(x) / log(10)
}

function text(x, y, anchor, what, class)
{
	printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>\n", x, y, anchor, \
		class == "" ? "" : " class=\"" class "\"", what
}

function line(x1, y1, x2, y2, class)
{
	printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", \
		x1, y1, x2, y2, class
}

# Sizes of plain memory only
function plain(name)
{
	return name ~ /^[0-9]+-[GM]iB$/
}

function px(size)
{
	return left + WIDTH * (log(size) - log(least_size)) / (log(most_size) - log(least_size))
}

function py(x)
{
	return TOP + HEIGHT * (1 - (log10(x / 1e6) - low) / (high - low))
}

# Sets what the axes span, full decades
function spans(	 i, f, c, x)
{
	low = 99
	high = -99
	for (i = 1; i <= loads; i++) {
		if (!plain(load[i]))
			continue
		x = gib(load[i])
		least_size = !least_size || x < least_size ? x : least_size
		most_size = x > most_size ? x : most_size
		for (f = 1; f <= 3; f++)
			for (c = 1; c <= 2; c++) {
				x = get(column[c], load[i], figure[f])
				if (x == "" || x <= 0)
					continue
				x = log10(x / 1e6)
				low = x < low ? x : low
				high = x > high ? x : high
			}
	}
	low = low < int(low) ? int(low) - 1 : int(low)
	high = high > int(high) ? int(high) + 1 : int(high)
}

function power(d)
{
	if (d < 0)
		return sprintf("%.*f", -d, 10 ^ d)
	return d < 3 ? 10 ^ d : sprintf("%d,000", 10 ^ (d - 3))
}

function axes(f,	d, i, y, size)
{
	text(left + WIDTH / 2, TOP - 16, "middle", title[f], "title")
	for (d = low; d <= high; d++) {
		y = py(10 ^ (d + 6))
		line(left, y, left + WIDTH, y, "grid")
		if (f == 1)
			text(left - 6, y + 4, "end", power(d))
	}
	for (i = 1; i <= loads; i++) {
		if (!plain(load[i]))
			continue
		size = gib(load[i])
		line(px(size), TOP, px(size), TOP + HEIGHT, "grid")
		text(px(size), TOP + HEIGHT + 18, "middle",
		     size < 1 ? size * 1024 " Mi" : size " Gi")
	}
	text(left + WIDTH / 2, TOP + HEIGHT + 38, "middle", "size, bytes")
}

function curve(f, c,	 i, x, points, xs, ys, n)
{
	for (i = 1; i <= loads; i++) {
		x = get(column[c], load[i], figure[f])
		if (!plain(load[i]) || x == "" || x <= 0)
			continue
		xs[++n] = px(gib(load[i]))
		ys[n] = py(x)
		points = points sprintf("%.1f,%.1f ", xs[n], ys[n])
	}
	if (!n)
		return
	printf "<polyline points=\"%s\" class=\"%s\"/>\n", points, column[c]
	for (i = 1; i <= n; i++)
		printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" class=\"%s dot\"/>\n", \
			xs[i], ys[i], column[c]
	text(xs[n] - 6, ys[n] - 9, "end", name_of[c], column[c] " name")
}

function colours(ink, paper, grid, stock, ours)
{
	print "text { fill: " ink " } .paper { fill: " paper " } .grid { stroke: " grid " }"
	print ".stock { stroke: " stock " } .stock.dot, .stock.name { fill: " stock " }"
	print ".luo { stroke: " ours " } .luo.dot, .luo.name { fill: " ours " }"
}

function style()
{
	print "<style>"
	print "polyline { fill: none; stroke-width: 2.5 } .grid { stroke-width: 1 }"
	print "text { font: 12px sans-serif } .title { font-weight: bold; font-size: 14px }"
	print "text.name { font-weight: bold; stroke: none }"
	colours("#1f2328", "#ffffff", "#d0d7de", "#bc4c00", "#0969da")
	print "@media (prefers-color-scheme: dark) {"
	colours("#e6edf3", "#0d1117", "#30363d", "#f0883e", "#58a6ff")
	print "}"
	print "</style>"
}

END {
	WIDTH = 250
	HEIGHT = 300
	TOP = 50
	split("preserve growth retrieve", figure, " ")
	split("preserve;boot, growth;retrieve", title, ";")
	split("stock luo", column, " ")
	split("stock ours", name_of, " ")
	spans()
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 940 410\" role=\"img\""
	print " aria-label=\"M instructions over the size of a memfd, stock and ours\">"
	print "<!-- SPDX-License-Identifier: GPL-2.0-or-later -->"
	style()
	print "<rect width=\"940\" height=\"410\" class=\"paper\"/>"
	printf "<g transform=\"translate(20 %d) rotate(-90)\">\n", TOP + HEIGHT / 2
	text(0, 0, "middle", "M instructions")
	print "</g>"
	for (f = 1; f <= 3; f++) {
		left = 80 + (f - 1) * (WIDTH + 40)
		axes(f)
		for (c = 1; c <= 2; c++)
			curve(f, c)
	}
	print "</svg>"
}
