# SPDX-License-Identifier: MIT
#
# native.awk's summary to native.json.
[inputs | split("\t")]
| {
	cases: map(select(length > 4) | {
		name: .[0], unit: .[1],
		native: (.[2] | tonumber), vtest: (.[3] | tonumber), bridge: (.[4] | tonumber),
		bridge_over_vtest_low: (.[5] | tonumber), bridge_over_vtest_high: (.[6] | tonumber),
		cpu_vtest: (.[7] | tonumber), cpu_bridge: (.[8] | tonumber)
	}),
	geomean: (map(select(.[0] == "geomean"))[0]
		| if . then {
			vtest: (.[1] | tonumber), bridge: (.[2] | tonumber),
			bridge_over_vtest_low: (.[3] | tonumber)
		} else null end)
}
