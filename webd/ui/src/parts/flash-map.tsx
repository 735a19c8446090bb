// SPDX-License-Identifier: GPL-3.0-or-later
// What lies where in a flash: a bar to scale, moved through by the arrow keys, and the
// same as a table.
import { useState } from "preact/hooks";
import { bytes, hex } from "../lib/format";
import { maybe, number, plural, t } from "../lib/i18n";
import type { DumpMap, Region, Section } from "../lib/types";
import { Chip, Note } from "./basics";

function regionName(map: DumpMap, region: Region): string {
	return (region.section === null ? undefined : map.sections[region.section]?.name) ?? maybe(`map.kind.${region.kind}`) ?? region.kind;
}

export function FlashMap({ map, size }: { map: DumpMap; size: number }) {
	const [at, setAt] = useState(0);
	const regions = map.regions;
	const chosen = regions[at];
	const bad = map.sections.filter((s) => !s.header_ok || !s.data_ok);
	const step = (ev: KeyboardEvent) => {
		const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: regions.length - 1 }[ev.key];
		if (to === undefined) return;
		ev.preventDefault();
		setAt(Math.max(0, Math.min(regions.length - 1, to)));
	};
	return (
		<>
			<p>
				{[
					map.chip === "unknown" || map.chip === "" ? t("map.no-chip") : t("map.for-chip", { chip: map.chip_title || map.chip }),
					plural("map.sections", map.sections.length),
					map.sysinfo ? t("map.sysinfo", { n: number(map.sysinfo.records), mac: map.sysinfo.mac ?? "–" }) : "",
				].filter(Boolean).join(" · ")}
			</p>
			{bad.length > 0 && <Note tone="bad"><p>{t("map.broken", { names: bad.map((s) => s.name).join(", ") })}</p></Note>}
			{!map.chain_ok && map.chain_error !== "" && <Note tone="warn"><p>{map.chain_error}</p></Note>}
			{map.all_blank && <Note tone="warn"><p>{t("map.all-blank")}</p></Note>}
			{map.equal_halves && !map.all_blank && <Note tone="warn"><p>{t("map.equal-halves")}</p></Note>}
			{chosen && (
				<>
					<div
						class="flash-bar"
						role="slider"
						tabIndex={0}
						aria-label={t("map.bar")}
						aria-valuemin={0}
						aria-valuemax={regions.length - 1}
						aria-valuenow={at}
						aria-valuetext={t("map.region", { name: regionName(map, chosen), at: hex(chosen.offset), size: bytes(chosen.size) })}
						onKeyDown={step}
					>
						{regions.map((r, i) => (
							<span
								key={r.offset}
								class={`flash-part flash-${r.kind}${i === at ? " flash-chosen" : ""}`}
								style={{ flexGrow: Math.max(r.size / size, 0.004) }}
								title={t("map.region", { name: regionName(map, r), at: hex(r.offset), size: bytes(r.size) })}
								onClick={() => setAt(i)}
							>
								{r.size / size > 0.09 ? regionName(map, r) : ""}
							</span>
						))}
					</div>
					<p class="flash-ends"><span>{hex(0)}</span><span>{hex(size)}</span></p>
					<p class="flash-said" aria-hidden="true">
						<span class={`swatch flash-${chosen.kind}`} />
						{t("map.region", { name: regionName(map, chosen), at: hex(chosen.offset), size: bytes(chosen.size) })}
					</p>
				</>
			)}
			<ul class="legend">
				{[...new Set(regions.map((r) => r.kind))].map((kind) => (
					<li key={kind}><span class={`swatch flash-${kind}`} />{maybe(`map.kind.${kind}`) ?? kind}</li>
				))}
			</ul>
			{map.sections.length > 0 && <Sections sections={map.sections} />}
		</>
	);
}

function Sections({ sections }: { sections: Section[] }) {
	return (
		<div class="table-box" tabIndex={0} role="region" aria-label={t("map.table")}>
			<table>
				<thead>
					<tr>
						<th scope="col">{t("map.name")}</th>
						<th scope="col" class="num">{t("map.offset")}</th>
						<th scope="col" class="num">{t("map.size")}</th>
						<th scope="col" class="num">{t("map.load")}</th>
						<th scope="col">{t("map.sums")}</th>
					</tr>
				</thead>
				<tbody>
					{sections.map((s) => (
						<tr key={s.offset}>
							<th scope="row">{s.name}</th>
							<td class="num"><code>{hex(s.offset, 6)}</code></td>
							<td class="num">{bytes(s.size)}</td>
							<td class="num"><code>{s.load === null ? "–" : hex(s.load, 6)}</code></td>
							<td>
								{s.header_ok && s.data_ok
									? <Chip tone="good" icon="check">{t("map.sums-ok")}</Chip>
									: <Chip tone="bad" icon="cross">{t(s.header_ok ? "map.sums-data" : "map.sums-header")}</Chip>}
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}
