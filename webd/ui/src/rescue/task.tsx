// SPDX-License-Identifier: GPL-3.0-or-later
// A task of a rescue: the button that begins it, and its job as it goes on.
import type { ComponentChildren } from "preact";
import { request } from "../lib/api";
import { job as jobOf, jobs, openJobs, rescue as rescueOf } from "../lib/data";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { maybe, t } from "../lib/i18n";
import { useMaybe } from "../lib/resource";
import { link } from "../lib/router";
import type { Job, Rescue, RescueTask } from "../lib/types";
import { Card, ErrorNote, Note } from "../parts/basics";
import { JobPanel } from "../parts/job-panel";
import { isOpen } from "../parts/job-rows";

export async function begin(r: Rescue, task: RescueTask, body: Record<string, unknown> = {}): Promise<void> {
	const now = await request<Rescue>("POST", `rescues/${r.id}/start`, { body: { task, ...body } });
	rescueOf(r.id).patch(() => now);
	jobs().load();
	openJobs().load();
}

/** The last job of a task, as far as it is known. */
export function useTask(r: Rescue, task: RescueTask): Job | undefined {
	const id = r.jobs[task];
	return useMaybe(id === null ? undefined : jobOf(id)).value;
}

export function Task({ rescue, task, off, watch, children }: {
	rescue: Rescue;
	task: RescueTask;
	off?: boolean;
	watch?: boolean;	/* it is begun elsewhere */
	children?: ComponentChildren;
}) {
	const admin = useAdmin();
	const online = useOnline();
	const action = useAction();
	const job = useTask(rescue, task);
	const again = rescue.jobs[task] !== null;
	const busy = job ? isOpen(job) || (job.state === "interrupted" && job.touched) : again;
	const mayStart = admin && rescue.state === "open" && !busy && !watch;
	return (
		<Card title={t(`rescue.task.${task}`)}>
			{children}
			{again && !job && <div class="skeleton skeleton-block" aria-busy="true" />}
			{job && <JobPanel job={job} />}
			{job && job.state !== "done" && !isOpen(job) && <Diagnosis job={job} />}
			{action.error && <ErrorNote error={action.error} />}
			{mayStart && (
				<button
					type="button"
					class={again ? "button" : "button primary"}
					disabled={off || action.busy || !online}
					onClick={() => void action.run(() => begin(rescue, task))}
				>
					{t(again ? "rescue.task.again" : `rescue.task.${task}-go`)}
				</button>
			)}
			{job && <p class="muted small"><a href={link("jobs", job.id)}>{t("rescue.to-log", { id: job.id })}</a></p>}
		</Card>
	);
}

/** Why it ended so, what was seen on the wire, and one thing to do. */
export function Diagnosis({ job }: { job: Job }) {
	const cause = maybe(`rescue.cause.${job.reason}`);
	const next = maybe(`rescue.next.${job.reason}`);
	if (!cause && !next) return null;
	return (
		<Note tone="warn" icon="info">
			{cause && <p><strong>{cause}</strong></p>}
			{next && <p>{next}</p>}
		</Note>
	);
}
