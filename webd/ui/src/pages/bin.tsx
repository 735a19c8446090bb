// SPDX-License-Identifier: GPL-3.0-or-later
// What was removed from the library, and the way back.
import { request } from "../lib/api";
import { jobs, openJobs } from "../lib/data";
import { bytes, moment, since } from "../lib/format";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { t } from "../lib/i18n";
import { resource } from "../lib/resource";
import { go, link } from "../lib/router";
import type { BinEntry, Job } from "../lib/types";
import { Card, Empty, ErrorNote, Page, Show } from "../parts/basics";

export function Bin() {
	return (
		<Page title={t("bin.title")} back={{ href: "#/dumps", text: t("nav.dumps") }}>
			<p class="lead">{t("bin.lead")}</p>
			<Show of={resource<{ bin: BinEntry[]; more: boolean }>("bin", ["dumps", "jobs"])}>
				{({ bin }) => bin.length === 0
					? <Empty icon="archive" title={t("bin.empty")} />
					: (
						<Card>
							<ul class="work bin">
								{[...bin].sort((a, b) => b.removed_s - a.removed_s).map((entry) => <li key={entry.name}><Entry entry={entry} /></li>)}
							</ul>
						</Card>
					)}
			</Show>
		</Page>
	);
}

function Entry({ entry }: { entry: BinEntry }) {
	const admin = useAdmin();
	const online = useOnline();
	const action = useAction();
	const name = entry.camera || entry.file || t("dump.nobody");
	return (
		<>
			<div>
				<strong>{name}</strong>
				<span class="muted">{[bytes(entry.size), entry.chip, entry.sha256.slice(0, 8), entry.note].filter(Boolean).join(" · ")}</span>
				<span class="muted">{t("bin.when", { removed: since(entry.removed_s), gone: moment(entry.gone_s) })}</span>
				{!entry.has_bytes && <span class="field-error">{t("bin.no-bytes")}</span>}
				{action.error && <ErrorNote error={action.error} />}
			</div>
			{admin && (
				<button
					type="button"
					class="button"
					aria-label={t("bin.back-name", { name })}
					disabled={!entry.has_bytes || action.busy || !online}
					onClick={() => void action.run(async () => {
						const answer = await request<{ job: Job }>("POST", "jobs", { body: { kind: "recover", file: entry.name } });
						jobs().load();
						openJobs().load();
						go(link("jobs", answer.job.id));
					})}
				>
					{t("bin.back")}
				</button>
			)}
		</>
	);
}
