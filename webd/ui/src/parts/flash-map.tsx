// SPDX-License-Identifier: GPL-3.0-or-later
// What lies where in a flash: a bar to scale, moved through by the arrow keys, and the
// same as tables.
import { useState } from "preact/hooks";
import { bytes, hex, place } from "../lib/format";
import { maybe, number, plural, t } from "../lib/i18n";
import { link } from "../lib/router";
import { said } from "../lib/said";
import type { DumpMap, Region, Section } from "../lib/types";
import { Chip, Facts, Note } from "./basics";

export function regionName(map: DumpMap, region: Region): string {
	return (region.section === null ? undefined : map.sections[region.section]?.name) ?? maybe(`map.kind.${region.kind}`) ?? region.kind;
}

export function regionAt(map: DumpMap, at: number): Region | undefined {
	return map.regions.find((r) => at >= r.offset && at < r.offset + r.size);
}

/** The bar alone: each part as wide as it is large. */
export function FlashBar({ map, at, setAt, label }: { map: DumpMap; at: number; setAt: (i: number) => void; label: string }) {
	const regions = map.regions;
	const chosen = regions[at];
	const say = (r: Region) => t("map.region", { name: regionName(map, r), at: hex(r.offset), size: bytes(r.size) });
	const step = (ev: KeyboardEvent) => {
		const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: regions.length - 1 }[ev.key];
		if (to === undefined) return;
		ev.preventDefault();
		setAt(Math.max(0, Math.min(regions.length - 1, to)));
	};
	if (!chosen) return null;
	return (
		<div
			class="flash-bar"
			role="slider"
			tabIndex={0}
			aria-label={label}
			aria-valuemin={0}
			aria-valuemax={regions.length - 1}
			aria-valuenow={at}
			aria-valuetext={say(chosen)}
			onKeyDown={step}
		>
			{regions.map((r, i) => (
				<span
					key={r.offset}
					class={`flash-part flash-${r.kind}${i === at ? " flash-chosen" : ""}`}
					style={place(r, map.size)}
					title={say(r)}
					onClick={() => setAt(i)}
				>
					{r.size / map.size > 0.09 ? regionName(map, r) : ""}
				</span>
			))}
		</div>
	);
}

export function FlashMap({ map, dump, admin }: { map: DumpMap; dump: number; admin: boolean }) {
	const [at, setAt] = useState(0);
	const regions = map.regions;
	const chosen = regions[Math.min(at, regions.length - 1)];
	const bad = map.sections.filter((s) => !s.header_ok || !s.data_ok);
	const known = map.chip !== "unknown" && map.chip !== "";
	return (
		<>
			<p>
				{[
					known ? t("map.for-chip", { chip: map.chip_title || map.chip }) : t("map.no-chip"),
					plural("map.sections", map.sections.length),
					t("map.empty", { size: bytes(map.blank_bytes), share: number((map.blank_bytes / map.size) * 100) }),
				].join(" · ")}
			</p>
			{map.chip_reason !== "" && <p class="muted small">{t("map.because", { reason: said(map.chip_reason, map.chip_reason_said) })}</p>}
			{bad.length > 0 && <Note tone="bad"><p>{t("map.broken", { names: bad.map((s) => s.name).join(", ") })}</p></Note>}
			{map.faults.length > 0 && <Note tone="warn"><p>{t("map.faults")}</p><ul class="notes">{map.faults.map((f, i) => <li key={i}>{said(f.text, f)}</li>)}</ul></Note>}
			{map.faults.length === 0 && !map.chain_ok && map.chain_error !== "" && <Note tone="warn"><p>{t("map.chain", { error: map.chain_error })}</p></Note>}
			{map.all_blank && <Note tone="warn"><p>{t("map.all-blank")}</p></Note>}
			{map.reads > 1 && !map.all_blank && <Note tone="warn"><p>{plural("map.reads", map.reads, { size: bytes(map.size / map.reads) })}</p></Note>}
			{chosen && (
				<>
					<FlashBar map={map} at={at} setAt={setAt} label={t("map.bar")} />
					<p class="flash-ends"><span>{hex(0)}</span><span>{hex(map.size)}</span></p>
					<p class="flash-said">
						<span class={`swatch flash-${chosen.kind}`} />
						<span>{t("map.region", { name: regionName(map, chosen), at: hex(chosen.offset), size: bytes(chosen.size) })}</span>
						{admin && <a href={`${link("dumps", dump, "bytes")}?at=${hex(chosen.offset)}`}>{t("map.to-bytes")}</a>}
						{admin && <a href={`${link("dumps", dump, "text")}?from=${chosen.offset}`}>{t("map.to-text")}</a>}
					</p>
				</>
			)}
			<ul class="legend">
				{[...new Set(regions.map((r) => r.kind))].map((kind) => (
					<li key={kind}><span class={`swatch flash-${kind}`} />{maybe(`map.kind.${kind}`) ?? kind}</li>
				))}
			</ul>
			<Areas map={map} />
			{map.sections.length > 0 && <Sections sections={map.sections} />}
			<details>
				<summary>{plural("map.all-parts", regions.length)}</summary>
				<Parts map={map} />
			</details>
		</>
	);
}

function Areas({ map }: { map: DumpMap }) {
	const rows: [string, string][] = map.areas.map((a) => [
		a.sysinfo ? t("map.kind.sysinfo") : t("map.kind.fdcm"),
		t("map.area", { at: hex(a.offset), used: number(a.records), capacity: number(a.capacity), size: bytes(a.record_size) })
			+ (a.sysinfo && map.sysinfo?.mac ? ` · MAC ${map.sysinfo.mac}` : ""),
	]);
	if (map.ota) rows.push([t("map.kind.ota"), t("map.from-size", { at: hex(map.ota.offset), size: bytes(map.ota.size) })]);
	return rows.length === 0 ? null : <Facts rows={rows} />;
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
						<th scope="col" class="num">{t("map.entry")}</th>
						<th scope="col" class="num">{t("map.version")}</th>
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
							<td class="num"><code>{s.entry === null ? "–" : hex(s.entry, 6)}</code></td>
							<td class="num"><code>{`${(s.version >> 8) & 0xff}.${s.version & 0xff}`}</code></td>
							<td>
								{s.header_ok && s.data_ok && <Chip tone="good" icon="check">{t("map.sums-ok")}</Chip>}
								{!s.header_ok && <Chip tone="bad" icon="cross">{t("map.sums-header")}</Chip>}
								{!s.data_ok && <Chip tone="bad" icon="cross">{t("map.sums-data")}</Chip>}
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

function Parts({ map }: { map: DumpMap }) {
	return (
		<div class="table-box" tabIndex={0} role="region" aria-label={t("map.parts")}>
			<table>
				<thead>
					<tr>
						<th scope="col">{t("map.what")}</th>
						<th scope="col" class="num">{t("map.offset")}</th>
						<th scope="col" class="num">{t("map.to")}</th>
						<th scope="col" class="num">{t("map.size")}</th>
					</tr>
				</thead>
				<tbody>
					{map.regions.map((r) => (
						<tr key={r.offset}>
							<th scope="row"><span class={`swatch flash-${r.kind}`} /> {regionName(map, r)}</th>
							<td class="num"><code>{hex(r.offset, 6)}</code></td>
							<td class="num"><code>{hex(r.offset + r.size - 1, 6)}</code></td>
							<td class="num">{bytes(r.size)}</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}
