// SPDX-License-Identifier: GPL-3.0-or-later
// The image that a restore would write: whose each part of it is, as a bar to scale and
// as a table, and what it changes against the backup and against the camera.
import { bytes, hex, place } from "../lib/format";
import { maybe, number, plural, t } from "../lib/i18n";
import type { DiffOf, ImageRegion, PlanImage } from "../lib/types";
import { Card, Note } from "./basics";

function regionName(r: ImageRegion): string {
	return r.section ?? maybe(`map.kind.${r.kind}`) ?? r.kind;
}

export function WriteImage({ image }: { image: PlanImage }) {
	const full = image.regions.filter((r) => r.kind !== "blank");
	return (
		<Card title={t("image.title")}>
			{image.own && <Note tone="good"><p>{t("image.own")}</p></Note>}
			<p>{t(image.as_it_is ? "image.as-it-is" : "image.made", { id: image.target })}</p>
			<div class="flash-bar" role="img" aria-label={t("image.bar", { n: full.length })}>
				{image.regions.map((r) => (
					<span
						key={r.offset}
						class={`flash-part flash-${r.kind}`}
						style={place(r, image.size)}
						title={`${t("map.region", { name: regionName(r), at: hex(r.offset), size: bytes(r.size) })}: ${t(`image.from.${r.from}`)}`}
					>
						{r.size / image.size > 0.09 ? regionName(r) : ""}
					</span>
				))}
			</div>
			<p class="flash-ends"><span>{hex(0)}</span><span>{hex(image.size)}</span></p>
			<div class="table-box" tabIndex={0} role="region" aria-label={t("image.table")}>
				<table>
					<thead>
						<tr>
							<th scope="col">{t("image.part")}</th>
							<th scope="col" class="num">{t("map.offset")}</th>
							<th scope="col" class="num">{t("map.size")}</th>
							<th scope="col">{t("image.whose")}</th>
						</tr>
					</thead>
					<tbody>
						{full.map((r) => (
							<tr key={r.offset}>
								<th scope="row">{regionName(r)}</th>
								<td class="num"><code>{hex(r.offset, 6)}</code></td>
								<td class="num">{bytes(r.size)}</td>
								<td>{t(`image.from.${r.from}`)}</td>
							</tr>
						))}
					</tbody>
				</table>
			</div>
			<Differs title={t("image.differs-dump")} diff={image.from_dump} size={image.size} />
			<Differs title={t("image.differs-camera")} diff={image.from_camera} size={image.size} />
		</Card>
	);
}

/** What stays and what changes, in the order of the flash. */
function parts(diff: DiffOf, size: number): { offset: number; size: number; differs: boolean }[] {
	const list = [];
	let at = 0;
	for (const run of diff.runs) {
		if (run.offset > at) list.push({ offset: at, size: run.offset - at, differs: false });
		list.push({ offset: run.offset, size: run.size, differs: true });
		at = run.offset + run.size;
	}
	if (at < size) list.push({ offset: at, size: size - at, differs: false });
	return list;
}

function Differs({ title, diff, size }: { title: string; diff: DiffOf; size: number }) {
	const classes = Object.entries(diff.by_class).filter(([, n]) => n > 0);
	const text = diff.differing === 0
		? t("image.equal")
		: [
			plural("image.sectors", diff.differing, { of: number(diff.sectors) }),
			classes.map(([name, n]) => `${maybe(`image.class.${name}`) ?? name} ${number(n)}`).join(", "),
		].join(": ");
	return (
		<>
			<h3>{title}</h3>
			<div class="flash-bar image-differs" role="img" aria-label={`${title}: ${text}`}>
				{parts(diff, size).map((p) => (
					<span
						key={p.offset}
						class={`flash-part ${p.differs ? "image-changed" : "flash-blank"}`}
						style={place(p, size)}
						title={t("map.region", { name: t(p.differs ? "image.changed" : "image.same"), at: hex(p.offset), size: bytes(p.size) })}
					/>
				))}
			</div>
			<p class="muted">{text}</p>
		</>
	);
}
