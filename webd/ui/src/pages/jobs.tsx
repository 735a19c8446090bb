// SPDX-License-Identifier: GPL-3.0-or-later
// What runs, what waits for somebody, what ended.
import { jobs } from "../lib/data";
import { t } from "../lib/i18n";
import { Card, Empty, Page, Show } from "../parts/basics";
import { isOpen, JobRows } from "../parts/job-rows";

export function Jobs() {
	return (
		<Page title={t("jobs.title")}>
			<Show of={jobs()}>
				{({ jobs: list }) => {
					if (list.length === 0) {
						return (
							<Empty icon="list" title={t("jobs.empty")}>
								<p>{t("jobs.empty-text")}</p>
								<a class="button primary" href="#/bench">{t("fleet.to-bench")}</a>
							</Empty>
						);
					}
					const now = list.filter((j) => isOpen(j) || j.state === "interrupted");
					const past = list.filter((j) => !now.includes(j));
					return (
						<>
							{now.length > 0 && <Card title={t("jobs.now")}><JobRows jobs={now} /></Card>}
							{past.length > 0 && <Card title={t("jobs.past")}><JobRows jobs={past} /></Card>}
						</>
					);
				}}
			</Show>
		</Page>
	);
}
