// SPDX-License-Identifier: GPL-3.0-or-later
// A backup and the cameras of the herd: which it fits and why not, and an image made
// of it for one of them.
import { useState } from "preact/hooks";
import { dumps } from "../lib/data";
import { bytes, hex, since } from "../lib/format";
import { useAdmin } from "../lib/hooks";
import { maybe, number, t } from "../lib/i18n";
import { resource, useResource } from "../lib/resource";
import { link } from "../lib/router";
import { said } from "../lib/said";
import type { Dump, Fit, GraftPreview } from "../lib/types";
import { Card, Chip, Empty, Field, Note, Show } from "../parts/basics";
import { dumpName } from "../parts/dump-rows";
import { Icon } from "../parts/icon";

export function DumpCameras({ dump }: { dump: Dump }) {
	const admin = useAdmin();
	return (
		<>
			<Fits dump={dump} />
			{admin && <ImageFor dump={dump} />}
		</>
	);
}

const order = { yes: 0, unknown: 1, no: 2 };

function Fits({ dump }: { dump: Dump }) {
	const [as, setAs] = useState("restore");
	const fits = resource<{ cameras: Fit[]; more: boolean }>(`dumps/${dump.id}/fits?as=${as}`, ["cameras", "dumps"]);
	return (
		<Card title={t("fits.title")}>
			<p class="muted">{t("fits.text")}</p>
			<Field id="fits-as" label={t("fits.as")}>
				<select id="fits-as" value={as} onChange={(ev) => setAs(ev.currentTarget.value)}>
					<option value="restore">{t("fits.as-restore")}</option>
					<option value="flash">{t("fits.as-flash")}</option>
				</select>
			</Field>
			<Show key={as} of={fits}>
				{({ cameras }) => (cameras.length === 0
					? <Empty icon="camera" title={t("fleet.empty")}><p>{t("fits.none")}</p></Empty>
					: (
						<ul class="fits">
							{[...cameras].sort((a, b) => order[a.fits] - order[b.fits]).map((c) => (
								<li key={c.camera}>
									<a href={link("cam", c.camera)}>{c.camera}</a>
									{c.fits === "yes" && <Chip tone="good" icon="check">{t("fits.yes")}</Chip>}
									{c.fits === "no" && <Chip tone="bad" icon="cross">{t("fits.no")}</Chip>}
									{c.fits === "unknown" && <Chip tone="off" icon="info">{t("fits.unknown")}</Chip>}
									{c.why !== "" && <p class="muted small">{said(c.why, c.why_said)}</p>}
								</li>
							))}
						</ul>
					)
				)}
			</Show>
		</Card>
	);
}

function ImageFor({ dump }: { dump: Dump }) {
	const all = useResource(dumps()).value?.dumps;
	const targets = all?.filter((d) => d.id !== dump.id && d.size === dump.size && !d.missing && d.sha256 !== dump.sha256) ?? [];
	const [target, setTarget] = useState("");
	const [identity, setIdentity] = useState("keep");
	const wish = `target=${target}&identity=${identity}`;
	const chosen = targets.find((d) => String(d.id) === target);
	return (
		<Card title={t("graft.title")}>
			<p class="muted">{t("graft.text")}</p>
			{all && targets.length === 0
				? <Note tone="calm"><p>{t("graft.none", { size: bytes(dump.size) })}</p></Note>
				: (
					<>
						<Field id="graft-target" label={t("graft.target")} hint={t("graft.target-hint")}>
							<select id="graft-target" value={target} aria-describedby="graft-target-hint" onChange={(ev) => setTarget(ev.currentTarget.value)}>
								<option value="">{t("diff.choose")}</option>
								{targets.map((d) => (
									<option key={d.id} value={String(d.id)}>{[t("dump.title", { id: d.id, name: dumpName(d) }), since(d.created_s)].join(" · ")}</option>
								))}
							</select>
						</Field>
						<Field id="graft-identity" label={t("graft.identity")}>
							<select id="graft-identity" value={identity} onChange={(ev) => setIdentity(ev.currentTarget.value)}>
								<option value="keep">{t("graft.keep")}</option>
								<option value="blank">{t("graft.blank")}</option>
							</select>
						</Field>
					</>
				)}
			{chosen && (
				<Show key={wish} of={resource<GraftPreview>(`dumps/${dump.id}/graft?${wish}`)}>
					{(preview) => (
						<>
							<Made preview={preview} />
							<div class="form-end">
								<a class="button primary" href={`api/v1/dumps/${dump.id}/graft/file?${wish}`} download={`${chosen.camera ?? `dump-${chosen.id}`}-image.bin`}>
									<Icon name="download" />
									{t("graft.download")}
								</a>
							</div>
						</>
					)}
				</Show>
			)}
		</Card>
	);
}

function Made({ preview }: { preview: GraftPreview }) {
	return (
		<>
			<ul class="graft">
				{preview.lines.map((line, i) => (
					<li key={i}>
						<span class="found-kind">{maybe(`graft.from.${line.from}`) ?? line.from}</span>
						<span>{said(line.text, line)}</span>
						{line.size > 0 && <span class="muted small">{t("map.from-size", { at: hex(line.offset, 6), size: bytes(line.size) })}</span>}
					</li>
				))}
			</ul>
			<p>{t("graft.differs", { donor: number(preview.differs_from_donor), target: number(preview.differs_from_target), all: number(preview.sectors) })}</p>
		</>
	);
}
