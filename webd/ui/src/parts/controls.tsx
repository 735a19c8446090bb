// SPDX-License-Identifier: GPL-3.0-or-later
// What a PPPP camera can be asked for: only what its family has, as it says itself.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { request } from "../lib/api";
import { useAction, useOnline } from "../lib/hooks";
import { number, t } from "../lib/i18n";
import type { CameraStatus, Network } from "../lib/types";
import { Card, ErrorNote, Facts, Note } from "./basics";
import { Icon } from "./icon";

const LONG_MS = 40000; // a scan, of a camera that has to be connected to first
const STEPS = ["up", "left", "stop", "right", "down"] as const;

function onOff(v: number | undefined): string {
	return v === undefined ? "" : t(v ? "controls.on" : "controls.off");
}

function battery(st: CameraStatus): string {
	const level = st.battery_mv !== undefined
		? `${number(st.battery_mv / 1000, 2)} V`
		: st.battery === undefined ? "" : number(st.battery);
	return [level, st.charging ? t("controls.charging") : ""].filter(Boolean).join(" · ");
}

export function Controls({ name, live }: { name: string; live: boolean }) {
	const [status, setStatus] = useState<CameraStatus | undefined>(undefined);
	const [networks, setNetworks] = useState<Network[] | undefined>(undefined);
	const [said, setSaid] = useState("");
	const action = useAction();
	const off = action.busy || !useOnline();
	const ask = (what: string, value?: string) =>
		request<CameraStatus>("POST", `cameras/${encodeURIComponent(name)}/ctl`, {
			body: value === undefined ? { request: what } : { request: what, value },
			deadlineMs: LONG_MS,
		});
	const look = () => void action.run(async () => setStatus(await ask("status")));
	const tell = (what: string, value?: string) =>
		void action.run(async () => {
			setSaid("");
			const answer = await ask(what, value);
			if (answer.networks) setNetworks(answer.networks);
			else if (answer.can) setStatus(answer);
			else setSaid(t(what === "reboot" ? "controls.rebooting" : "controls.done"));
		});
	useEffect(() => {
		if (live && !status) look();
	}, [live, name]);
	const can = (what: string) => status?.can?.includes(what) ?? false;
	return (
		<Card
			title={t("controls.title")}
			actions={<button type="button" class="button small" disabled={off} onClick={look}>{t(status ? "controls.again" : "controls.look")}</button>}
		>
			{!status && !action.error && <p class="muted">{t(action.busy ? "controls.asking" : "controls.text")}</p>}
			{status && (
				<Facts
					rows={[
						[t("controls.battery"), battery(status)],
						[t("controls.signal"), status.signal_dbm === undefined ? "" : `${number(status.signal_dbm)} dBm`],
						[t("controls.ir"), onOff(status.ir)],
						[t("controls.lamp"), onOff(status.lamp)],
					]}
				/>
			)}
			{can("resolution") && (
				<Row label={t("controls.resolution")}>
					<button type="button" class="button small" disabled={off} onClick={() => tell("resolution", "640x480")}>640 × 480</button>
					<button type="button" class="button small" disabled={off} onClick={() => tell("resolution", "320x240")}>320 × 240</button>
				</Row>
			)}
			{can("ir") && <Switch label={t("controls.ir")} on={status?.ir} off={off} set={(v) => tell("ir", v)} />}
			{can("lamp") && <Switch label={t("controls.lamp")} on={status?.lamp} off={off} set={(v) => tell("lamp", v)} />}
			{can("lamp-toggle") && (
				<Row label={t("controls.lamp")}>
					<button type="button" class="button small" disabled={off} onClick={() => tell("lamp", "toggle")}>{t("controls.toggle")}</button>
				</Row>
			)}
			{can("move") && (
				<Row label={t("controls.move")}>
					<div class="pad">
						{STEPS.map((step) => (
							<button key={step} type="button" class={`button small pad-${step}`} disabled={off} onClick={() => tell("move", step)}>
								{t(`controls.move.${step}`)}
							</button>
						))}
					</div>
				</Row>
			)}
			{can("wifi") && (
				<Row label={t("controls.wifi")}>
					<button type="button" class="button small" disabled={off} onClick={() => tell("wifi")}>{t("controls.wifi-read")}</button>
					<button type="button" class="button small" disabled={off} onClick={() => tell("wifi-scan")}>{t("controls.wifi-scan")}</button>
				</Row>
			)}
			{networks && <Networks list={networks} />}
			{can("reboot") && (
				<Row label={t("controls.reboot")}>
					<button type="button" class="button small danger-quiet" disabled={off} onClick={() => tell("reboot")}>{t("controls.reboot-go")}</button>
				</Row>
			)}
			<p class="muted" aria-live="polite">{action.busy && status ? t("controls.asking") : said}</p>
			{action.error && <ErrorNote error={action.error} />}
			{status && <Note tone="calm"><p>{t("controls.honest")}</p></Note>}
		</Card>
	);
}

function Row({ label, children }: { label: string; children: ComponentChildren }) {
	return (
		<div class="control-row" role="group" aria-label={label}>
			<span aria-hidden="true">{label}</span>
			<div class="actions">{children}</div>
		</div>
	);
}

/** Both buttons stay: many cameras do not tell their state, or tell it wrong. */
function Switch({ label, on, off, set }: { label: string; on: number | undefined; off: boolean; set: (v: string) => void }) {
	return (
		<Row label={label}>
			<button type="button" class="button small" aria-pressed={on === 1} disabled={off} onClick={() => set("on")}>
				{on === 1 && <Icon name="check" size={16} />}
				{t("controls.on")}
			</button>
			<button type="button" class="button small" aria-pressed={on === 0} disabled={off} onClick={() => set("off")}>
				{on === 0 && <Icon name="check" size={16} />}
				{t("controls.off")}
			</button>
		</Row>
	);
}

function Networks({ list }: { list: Network[] }) {
	if (list.length === 0) return <Note tone="calm"><p>{t("controls.no-networks")}</p></Note>;
	return (
		<ul class="network-list">
			{list.map((w, i) => (
				<li key={i}>
					<strong>{w.name}</strong>
					<span class="muted">
						{[
							w.signal_dbm === undefined ? "" : `${number(w.signal_dbm)} dBm`,
							w.channel === undefined ? "" : t("controls.channel", { n: number(w.channel) }),
							w.secured === 0 ? t("controls.open") : "",
						].filter(Boolean).join(" · ")}
					</span>
				</li>
			))}
		</ul>
	);
}
