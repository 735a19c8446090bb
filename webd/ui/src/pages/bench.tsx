// SPDX-License-Identifier: GPL-3.0-or-later
// The USB ports, by the socket that a hand can touch.
import { jobs, ports } from "../lib/data";
import { useAdmin } from "../lib/hooks";
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { link } from "../lib/router";
import { said } from "../lib/said";
import type { Job, Port } from "../lib/types";
import { Empty, Page, PortStateChip, Show } from "../parts/basics";
import { BackupAll, JustPlugged, WatchNew } from "../parts/bench-tools";
import { Icon } from "../parts/icon";
import { shortPath } from "../parts/job-words";
import { adapterName, faults } from "../parts/port-words";
import { ProgressBar } from "../parts/progress";

/** The key of a port in an address: its name if it has one. */
export function portKey(p: Port): string {
	return p.name || p.path;
}

export function portTitle(p: Port): string {
	return p.name || shortPath(p.path);
}

export function portState(p: Port): string {
	if (!p.enabled) return "off";
	return p.state || "absent";
}

export function Bench() {
	const admin = useAdmin();
	return (
		<Page
			title={t("bench.title")}
			actions={admin && <a class="button" href="#/rescue"><Icon name="buoy" size={18} />{t("rescue.from-bench")}</a>}
		>
			<p class="lead">{t("bench.lead")}</p>
			<Show of={ports()}>
				{({ ports: list, watch }) => (
					<>
						{admin && <JustPlugged ports={list} />}
						{list.length === 0
							? (
								<Empty icon="usb" title={t("bench.empty")}>
									<p>{t("bench.empty-text")}</p>
								</Empty>
							)
							: <ul class="port-list">{list.map((p) => <PortRow key={p.path} port={p} />)}</ul>}
						{admin && <BackupAll ports={list} />}
						{admin && <WatchNew watch={watch} />}
					</>
				)}
			</Show>
		</Page>
	);
}

/** /dev/ttyUSB0 as it is; of a longer path its end. */
function nodeName(node: string): string {
	return node.startsWith("/dev/") ? node : shortPath(node);
}

function PortRow({ port }: { port: Port }) {
	const job = usePortJob(port);
	return (
		<li>
			<a class="port-row card" href={link("bench", portKey(port))}>
				<span class="port-icon"><Icon name="usb" size={26} /></span>
				<span class="row-main">
					<strong>{portTitle(port)}</strong>
					<span class="muted">{[adapterName(port), nodeName(port.node), port.chip].filter(Boolean).join(" · ") || t("bench.no-adapter")}</span>
					{port.state === "busy" && port.holder !== "" && <span class="muted">{t("port.held", { holder: said(port.holder) })}</span>}
					{faults(port) !== "" && <span class="muted">{t("bench.faults", { list: faults(port) })}</span>}
					{job && <ProgressBar job={job} small />}
				</span>
				<PortStateChip state={portState(port)} />
			</a>
		</li>
	);
}

/** The job that works on this port now, or waits for it. */
export function usePortJob(port: Port): Job | undefined {
	const all = useResource(jobs()).value?.jobs ?? [];
	return all.find((j) => j.port === port.path && (j.state === "running" || j.state === "waiting"))
		?? all.find((j) => j.port === port.path && j.state === "queued");
}

export function lastJobs(all: Job[], port: Port): Job[] {
	return all.filter((j) => j.port === port.path).slice(0, 5);
}

