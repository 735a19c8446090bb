// SPDX-License-Identifier: GPL-3.0-or-later
import { since } from "../lib/format";
import { t } from "../lib/i18n";
import { link } from "../lib/router";
import type { Job } from "../lib/types";
import { JobStateChip } from "./basics";
import { ending, titleOf } from "./job-words";
import { ProgressBar } from "./progress";

export function isOpen(job: Job): boolean {
	return job.state === "running" || job.state === "waiting" || job.state === "queued";
}

export function JobRows({ jobs }: { jobs: Job[] }) {
	return (
		<ul class="rows">
			{jobs.map((j) => (
				<li key={j.id}>
					<a class="row" href={link("jobs", j.id)}>
						<span class="row-main">
							<strong>{titleOf(j)}</strong>
							{isOpen(j) ? <ProgressBar job={j} small /> : <span class="muted clip">{ending(j)}</span>}
							<span class="muted">
								{t("job.by", { id: j.id, who: j.asked_by || "–", age: since(j.created_s) })}
							</span>
						</span>
						<span class="row-side"><JobStateChip state={j.state} /></span>
					</a>
				</li>
			))}
		</ul>
	);
}
