# SPDX-License-Identifier: MIT
#
# What the bridge makes of piglit, against what is expected: the files `expected`,
# `differs` and `flaky`, then the results.  A test is worse that has a worse result,
# or a worse subtest; what no file names is to pass.

BEGIN {
	split("pass skip warn fail timeout crash", names, " ")
	for (i = 1; i in names; i++)
		rank[names[i]] = i
}

FNR == 1 {
	file++
}

/^#/ || !NF {
	next
}

# subtests of NAME: those that do not pass, into OUT
function subtests(text, out,    parts, n, i) {
	split("", out)
	n = split(text, parts, ";")
	for (i = 1; i <= n; i++) {
		match(parts[i], /=[a-z]*$/)
		out[substr(parts[i], 1, RSTART - 1)] = substr(parts[i], RSTART + 1)
	}
}

# the first subtest that is worse, or nothing
function worse_subtest(is, was,    now, then, name) {
	subtests(is, now)
	subtests(was, then)
	for (name in now)
		if (rank[now[name]] > (name in then ? rank[then[name]] : 1))
			return name "=" now[name]
	return ""
}

file <= 2 {
	result[$1] = $2
	detail[$1] = $3
	next
}

file == 3 {
	flaky[$1]
	next
}

{
	want = $1 in result ? result[$1] : "pass"
	count[$2]++
	if ($1 in flaky) {
		nr_flaky++
		next
	}
	subtest = $2 == "crash" || $2 == "timeout" ? "" : worse_subtest($3, detail[$1])
	if (rank[$2] > rank[want] || subtest != "") {
		failed++
		print "worse: " $1 ": " $2 (subtest != "" ? " (" subtest ")" : "") ", and not " want
	} else if ($2 == "skip") {
		skipped++
	} else {
		passed++
	}
	if (rank[$2] < rank[want])
		print "better: " $1 ": " $2 ", and not " want
}

END {
	while ((getline line <faults) > 0) {
		failed++
		print "fault: " line
	}
	for (i = 1; i in names; i++)
		printf "%s%d %s", (i > 1 ? ", " : ""), count[names[i]], names[i]
	printf ", of which %d are flaky\n", nr_flaky
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
	exit failed > 0
}
