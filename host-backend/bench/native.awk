# SPDX-License-Identifier: MIT
#
# Runs of bench/native (native.tsv) to table and verdict, and with -v summary=FILE
# to one line a case for the plot and native.json.  A ratio is the geometric mean
# over the rounds of neighbouring runs' ratios; its interval is Student's on the
# logarithms.

BEGIN {
	FS = OFS = "\t"
	# the 97.5% quantile for 1, 2, ... degrees of freedom
	split("12.706 4.303 3.182 2.776 2.571 2.447 2.365 2.306 2.262 2.228 2.201 2.179 2.160 2.145 " \
	      "2.131 2.120 2.110 2.101 2.093 2.086 2.080 2.074 2.069 2.064 2.060 2.056 2.052 2.048 " \
	      "2.045 2.042", student, " ")
}

# n values of `in_` have the geometric mean `mean` with the bounds `low` and `high`
function interval(in_, n,	i, sum, square, half)
{
	mean = low = high = "nan"
	if (!n)
		return
	for (i = 1; i <= n; i++)
		sum += in_[i]
	sum /= n
	mean = exp(sum)
	if (n < 2)
		return
	for (i = 1; i <= n; i++)
		square += (in_[i] - sum) ^ 2
	half = ((n - 1) in student ? student[n - 1] : 1.96 + 2.4 / (n - 1)) * sqrt(square / (n - 1) / n)
	low = exp(sum - half)
	high = exp(sum + half)
}

# the interval of what `of` holds for a case: a side over another, in each round
function ratio(of, name, a, b,	round, n, logs)
{
	for (round = 1; round <= rounds; round++)
		if (complete(name, round))
			logs[++n] = log(of[name, a, round] / of[name, b, round])
	interval(logs, n)
}

# the same over all cases of a kind, each round's geometric mean one value
function ratio_of_all(of, kind, a, b,	round, c, n, k, sum, logs)
{
	for (round = 1; round <= rounds; round++) {
		sum = k = 0
		for (c = 1; c <= cases; c++) {
			if (unit[name[c]] != kind)
				continue
			if (!complete(name[c], round))
				break
			sum += log(of[name[c], a, round] / of[name[c], b, round])
			k++
		}
		if (c > cases && k)
			logs[++n] = sum / k
	}
	interval(logs, n)
}

function complete(name, round)
{
	return ((name, "native", round) in rate) && ((name, "vtest", round) in rate) &&
	       ((name, "bridge", round) in rate)
}

function median(of, name, side,	round, n, i, v, sorted)
{
	for (round = 1; round <= rounds; round++) {
		if (!complete(name, round))
			continue
		v = of[name, side, round]
		for (i = ++n; i > 1 && sorted[i - 1] > v; i--)
			sorted[i] = sorted[i - 1]
		sorted[i] = v
	}
	return n ? (sorted[int((n + 1) / 2)] + sorted[int(n / 2) + 1]) / 2 : 0
}

# a number with at least three digits that say something
function short(v)
{
	return sprintf(v >= 100 ? "%.0f" : v >= 10 ? "%.1f" : "%.2f", v)
}

function bounds()
{
	return sprintf("%.3f [%.3f %.3f]", mean, low, high)
}

NR > 1 {
	if (!($2 in unit)) {
		name[++cases] = $2
		unit[$2] = $2 ~ /^drawoverhead-/ ? "draws/s" : "frames/s"
	}
	if ($1 > rounds)
		rounds = $1
	rate[$2, $3, $1] = $4
	cpu[$2, $3, $1] = $5 / $6 / $4
}

function header(what, per)
{
	printf "\n%-28s %9s %9s %9s  %7s  %-20s  %26s  %s\n", what, "native", "vtest", "bridge", "b/n", "bridge/vtest [95%]",
	       "CPU us a " per " n, v, b", "CPU bridge/vtest [95%]"
}

function one_case(n,	rates, cpus, over_native, over_vtest)
{
	ratio(rate, n, "vtest", "native")
	over_native = mean OFS low OFS high
	ratio(rate, n, "bridge", "native")
	over_native = over_native OFS mean OFS low OFS high
	from_native[n] = mean
	printf "%-28s %9s %9s %9s  %7.3f", n, short(median(rate, n, "native")), short(median(rate, n, "vtest")),
	       short(median(rate, n, "bridge")), mean
	ratio(rate, n, "bridge", "vtest")
	over_vtest = low OFS high
	printf "  %-20s", bounds()
	if (high < 0.95)
		slow = slow " " n
	rates = median(rate, n, "native") OFS median(rate, n, "vtest") OFS median(rate, n, "bridge")
	cpus = median(cpu, n, "vtest") OFS median(cpu, n, "bridge")
	ratio(cpu, n, "bridge", "vtest")
	printf "  %8s %8s %8s  %s\n", short(median(cpu, n, "native") * 1e6), short(median(cpu, n, "vtest") * 1e6),
	       short(median(cpu, n, "bridge") * 1e6), bounds()
	if (low > 1.05)
		costly = costly " " n
	if (summary)
		print n, unit[n], rates, over_vtest, cpus, over_native >summary
}

function furthest(kind, count,	c, worst, done, list)
{
	while (count--) {
		worst = ""
		for (c = 1; c <= cases; c++)
			if (unit[name[c]] == kind && !(name[c] in done) &&
			    (worst == "" || from_native[name[c]] < from_native[worst]))
				worst = name[c]
		if (worst == "")
			break
		done[worst] = 1
		list = list sprintf("  %s (%.2f)", worst, from_native[worst])
	}
	if (list != "")
		print "furthest from native:" list
}

function verdict(what, holds)
{
	print (holds ? "holds   " : "MISSED  ") what
}

function aim(what, reached)
{
	print (reached ? "reached " : "not yet ") what
}

function all_of(kind,	geomean)
{
	ratio_of_all(rate, kind, "vtest", "native")
	geomean = mean
	printf "\ngeometric mean over native: virgl_test_server %s", bounds()
	ratio_of_all(rate, kind, "bridge", "native")
	geomean = geomean OFS mean
	printf ", bridge %s\n", bounds()
	ratio_of_all(rate, kind, "bridge", "vtest")
	if (kind == "frames/s" && summary)
		print "geomean", geomean, low >summary
}

END {
	rounds += 0
	for (c = 1; c <= cases; c++)
		kinds[unit[name[c]]]++
	if (kinds["frames/s"]) {
		header("glmark2, frames a second", "frame")
		for (c = 1; c <= cases; c++)
			if (unit[name[c]] == "frames/s")
				one_case(name[c])
		all_of("frames/s")
		furthest("frames/s", 3)
	}
	if (kinds["draws/s"]) {
		header("piglit, draws a second", "draw")
		for (c = 1; c <= cases; c++)
			if (unit[name[c]] == "draws/s")
				one_case(name[c])
		all_of("draws/s")
		furthest("draws/s", 3)
	}
	printf "\n%d rounds; bridge against virgl_test_server:\n", rounds
	if (kinds["frames/s"]) {
		ratio_of_all(rate, "frames/s", "bridge", "vtest")
		verdict("glmark2 at least 0.95 at the interval's lower end: " bounds(), low >= 0.95)
		aim("glmark2 1.1 times: " bounds(), mean >= 1.1)
	}
	verdict("no case below 0.95 by more than its interval:" (slow ? slow : " none is"), !slow)
	for (c = 1; c <= cases; c++)
		if (name[c] ~ /^drawoverhead-[125]$/) {
			ratio(rate, name[c], "bridge", "vtest")
			aim(name[c] " 1.3 times: " bounds(), mean >= 1.3)
		}
	for (kind in kinds) {
		if (!kinds[kind])
			continue
		ratio_of_all(cpu, kind, "bridge", "vtest")
		verdict((kind == "draws/s" ? "drawoverhead" : "glmark2") " CPU time within 5%: " bounds(), mean <= 1.05)
	}
	verdict("no case's CPU time over 1.05 by more than its interval:" (costly ? costly : " none is"), !costly)
}
