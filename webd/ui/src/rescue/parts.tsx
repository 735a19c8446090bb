// SPDX-License-Identifier: GPL-3.0-or-later
// The image of a rescue part by part: what belongs to one device, each with a choice. A
// choice makes a dump of its own, which is then written exactly as it is.
import { useEffect, useState } from "preact/hooks";
import { request, upload } from "../lib/api";
import { bytes, hex } from "../lib/format";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { t } from "../lib/i18n";
import { resource } from "../lib/resource";
import { link } from "../lib/router";
import { said } from "../lib/said";
import type { GraftPreview, PartFrom, Plan, Rescue } from "../lib/types";
import { Card, ErrorNote, Note, Show } from "../parts/basics";
import { JobPanel } from "../parts/job-panel";
import { isOpen } from "../parts/job-rows";
import { say } from "./steps";
import { begin, useTask } from "./task";

const froms: readonly PartFrom[] = ["target", "donor", "blank"];

export function Parts({ rescue, plan }: { rescue: Rescue; plan: Plan | undefined }) {
	const action = useAction();
	const admin = useAdmin();
	const online = useOnline();
	const job = useTask(rescue, "parts");
	const [waiting, setWaiting] = useState(false);
	const made = job?.state === "done" ? job.result_dump : null;
	const used = made !== null && made === rescue.image;
	const use = (id: number) => void action.run(() => say(rescue, { image: String(id), identity: "donor" }));
	// Who asked for it wants it; after a reload it waits for a word.
	useEffect(() => {
		if (!waiting || made === null) return;
		setWaiting(false);
		use(made);
	}, [waiting, made]);
	const off = !admin || !online || action.busy || rescue.state !== "open";
	const image = plan?.image;
	return (
		<>
			{job && job.state !== "done" && <Card title={t("rescue.task.parts")}><JobPanel job={job} /></Card>}
			{action.error && <ErrorNote error={action.error} />}
			{made !== null && (
				<Note tone="calm">
					<p>
						{t(used ? "rescue.parts.used" : "rescue.parts.made")}{" "}
						<a href={link("dumps", made)}>{t("dump.number", { id: made })}</a>
					</p>
					<p>
						<button
							type="button"
							class="button small"
							disabled={off}
							onClick={() => used ? void action.run(() => say(rescue, { image: "", identity: "keep" })) : use(made)}
						>
							{t(used ? "rescue.parts.back" : "rescue.parts.use")}
						</button>
					</p>
				</Note>
			)}
			{admin && !used && image && !image.as_it_is && rescue.image !== null && rescue.identity !== "donor" && (
				<Card>
					<details class="rescue-parts">
						<summary>{t("rescue.parts.title")}</summary>
						<Table
							key={`${rescue.image} ${image.target} ${rescue.identity}`}
							rescue={rescue}
							wish={`dumps/${rescue.image}/graft`}
							query={`target=${image.target}&identity=${rescue.identity}`}
							off={off || (job !== undefined && isOpen(job))}
							begun={() => setWaiting(true)}
						/>
					</details>
				</Card>
			)}
		</>
	);
}

function Table({ rescue, wish, query, off, begun }: {
	rescue: Rescue;
	wish: string;
	query: string;
	off: boolean;
	begun: () => void;
}) {
	const [chosen, setChosen] = useState<Record<number, PartFrom>>({});
	const action = useAction();
	const make = (preview: GraftPreview, parts: string) => action.run(async () => {
		const image = await request<Uint8Array<ArrayBuffer>>("GET", `${wish}/file?${query}&parts=${encodeURIComponent(parts)}`, {
			bytes: { at: 0, n: preview.sectors * 4096 },
		});
		const file = new File([image], `${rescue.camera}-parts.bin`.slice(-250));
		const sent = await upload(file, () => undefined);
		await begin(rescue, "parts", { incoming: sent.incoming, file: file.name });
		begun();
	});
	return (
		<Show of={resource<GraftPreview>(`${wish}?${query}`)}>
			{(preview) => {
				const lines = preview.lines.filter((line) => line.usual !== null);
				const parts = lines
					.filter((line) => (chosen[line.offset] ?? line.usual) !== line.usual)
					.map((line) => `${line.offset}=${chosen[line.offset]}`)
					.join(",");
				return (
					<div class="stack">
						<p>{t("rescue.parts.text", { camera: rescue.camera })}</p>
						<p class="muted">{t("rescue.parts.firmware")}</p>
						{lines.map((line) => (
							<div key={line.offset} class="field">
								<label for={`part-${line.offset}`}>
									{`${t(`rescue.parts.what.${line.what}` as "rescue.parts.what.settings")} · `}
									{t("map.from-size", { at: hex(line.offset, 6), size: bytes(line.size) })}
								</label>
								<select
									id={`part-${line.offset}`}
									value={chosen[line.offset] ?? line.usual!}
									disabled={off || action.busy}
									aria-describedby={`part-${line.offset}-text`}
									onChange={(ev) => setChosen({ ...chosen, [line.offset]: ev.currentTarget.value as PartFrom })}
								>
									{froms.map((from) => (
										<option key={from} value={from}>
											{t(`rescue.parts.from.${from}`) + (from === line.usual ? ` (${t("rescue.parts.usual")})` : "")}
										</option>
									))}
								</select>
								<p class="muted small" id={`part-${line.offset}-text`}>{`${t("rescue.parts.usual")}: ${said(line.text, line)}`}</p>
							</div>
						))}
						{action.error && <ErrorNote error={action.error} />}
						<div class="form-end">
							<button type="button" class="button primary" disabled={off || action.busy || parts === ""} onClick={() => void make(preview, parts)}>
								{t("rescue.parts.make")}
							</button>
						</div>
					</div>
				);
			}}
		</Show>
	);
}
