// SPDX-License-Identifier: GPL-3.0-or-later
// The library of backups.
import { useRef } from "preact/hooks";
import { request, upload } from "../lib/api";
import { dumps, jobs, openJobs } from "../lib/data";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { plural, t } from "../lib/i18n";
import { go, link } from "../lib/router";
import type { Job } from "../lib/types";
import { Card, Empty, ErrorNote, Page, Show } from "../parts/basics";
import { DumpRows } from "../parts/dump-rows";
import { Icon } from "../parts/icon";

export function Dumps() {
	const admin = useAdmin();
	const online = useOnline();
	const action = useAction();
	const input = useRef<HTMLInputElement>(null);
	const take = (file: File | undefined) => {
		if (!file) return;
		void action.run(async () => {
			const sent = await upload(file, () => undefined);
			const answer = await request<{ job: Job }>("POST", "jobs", {
				body: { kind: "import", incoming: sent.incoming, file: file.name },
			});
			jobs().load();
			openJobs().load();
			go(link("jobs", answer.job.id));
		});
	};
	const add = admin && (
		<>
			<input
				ref={input}
				class="off-screen"
				type="file"
				tabIndex={-1}
				aria-label={t("dumps.import")}
				accept=".bin,application/octet-stream"
				onChange={(ev) => take(ev.currentTarget.files?.[0])}
			/>
			<button type="button" class="button" disabled={action.busy || !online} onClick={() => input.current?.click()}>
				<Icon name="upload" />
				{t(action.busy ? "dumps.importing" : "dumps.import")}
			</button>
		</>
	);
	return (
		<Page title={t("dumps.title")} actions={add}>
			<p class="lead">{t("dumps.lead")}</p>
			{action.error && <ErrorNote error={action.error} />}
			<Show of={dumps()}>
				{({ dumps: list }) => list.length === 0
					? (
						<Empty icon="archive" title={t("dumps.empty")}>
							<p>{t("dumps.empty-text")}</p>
							<a class="button primary" href="#/bench">{t("fleet.to-bench")}</a>
						</Empty>
					)
					: (
						<>
							<p class="muted">{plural("dumps.count", list.length)}</p>
							<Card><DumpRows dumps={list} camera /></Card>
						</>
					)}
			</Show>
		</Page>
	);
}
