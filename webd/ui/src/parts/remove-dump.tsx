// SPDX-License-Identifier: GPL-3.0-or-later
// A backup goes to the bin: its name is typed, and the last verified one of a camera
// says so first.
import { useState } from "preact/hooks";
import { request } from "../lib/api";
import { cameraDumps, jobs, openJobs } from "../lib/data";
import { useAction } from "../lib/hooks";
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { go, link } from "../lib/router";
import type { Dump, Job } from "../lib/types";
import { Card, Note } from "./basics";
import { DangerForm } from "./confirm";
import { Dialog } from "./dialog";

export function RemoveDump({ dump }: { dump: Dump }) {
	const [asking, setAsking] = useState(false);
	return (
		<Card title={t("remove.title")} tone="danger">
			<p class="muted">{t("remove.text")}</p>
			<button type="button" class="button danger-quiet" onClick={() => setAsking(true)}>{t("remove.open")}</button>
			{asking && (
				<Dialog title={t("remove.dialog", { id: dump.id })} close={() => setAsking(false)}>
					{dump.camera && dump.verified && !dump.missing
						? <OfCamera dump={dump} camera={dump.camera} />
						: <Form dump={dump} last={false} />}
				</Dialog>
			)}
		</Card>
	);
}

function OfCamera({ dump, camera }: { dump: Dump; camera: string }) {
	const { value } = useResource(cameraDumps(camera));
	if (!value) return <div class="skeleton skeleton-block" aria-busy="true" />;
	return <Form dump={dump} last={!value.dumps.some((d) => d.id !== dump.id && d.verified && !d.missing)} />;
}

function Form({ dump, last }: { dump: Dump; last: boolean }) {
	const action = useAction();
	return (
		<>
			{last && <Note tone="bad"><p>{t("remove.last", { camera: dump.camera ?? "" })}</p></Note>}
			<p>{t("remove.bin")}</p>
			<DangerForm
				word={dump.camera || String(dump.id)}
				button={t("remove.go")}
				action={action}
				submit={async (_password, typed) => {
					const answer = await request<{ job: Job }>("POST", "jobs", {
						body: { kind: "remove", dump: dump.id, confirm: typed, ...(last ? { force: true } : {}) },
					});
					jobs().load();
					openJobs().load();
					go(link("jobs", answer.job.id));
				}}
			/>
		</>
	);
}
