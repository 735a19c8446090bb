// SPDX-License-Identifier: GPL-3.0-or-later
// Adapter, wires, and what comes over them. The line is only listened to here.
import { useEffect, useRef, useState } from "preact/hooks";
import { request } from "../lib/api";
import { Console, type ConsoleState } from "../lib/console";
import { ports, rescue as rescueOf } from "../lib/data";
import { since } from "../lib/format";
import { useAdmin, useAwake } from "../lib/hooks";
import { number, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { link } from "../lib/router";
import { saidError } from "../lib/said";
import { useStore } from "../lib/store";
import type { Port, Rescue, RescuePlace, RescueSeen } from "../lib/types";
import { Card, Chip, Empty, ErrorNote, Note, PortStateChip, Show } from "../parts/basics";
import { JustPlugged } from "../parts/bench-tools";
import { Lines, StateLine } from "../parts/console-pane";
import { adapterName } from "../parts/port-words";
import { shortPath } from "../parts/job-words";
import { Tick, useSay } from "./ask";
import { WireDrawing } from "./drawings";

/** Adapters that are sold with copied chips, which drop bytes at high rates. */
const OFTEN_COPIED = /^067b:2303$/;

export function nameOfPort(p: Port): string {
	return p.name || shortPath(p.path);
}

export function Adapter({ rescue }: { rescue: Rescue }) {
	const admin = useAdmin();
	return (
		<>
			<Show of={ports()}>
				{({ ports: list }) => (
					<>
						{admin && <JustPlugged ports={list} />}
						<PortChoice rescue={rescue} list={list} field="port" />
					</>
				)}
			</Show>
			<Card title={t("rescue.adapter.volts")}>
				<Note tone="bad"><p>{t("rescue.adapter.volts-text")}</p></Note>
				<Tick rescue={rescue} question="jumper" />
			</Card>
		</>
	);
}

export function PortChoice({ rescue, list, field }: { rescue: Rescue; list: Port[]; field: "port" | "donor_port" }) {
	const it = useSay(rescue, field, rescue[field] || (field === "donor_port" ? rescue.port : ""));
	const taken = it.value;
	const there = list.filter((p) => p.enabled || p.path === taken);
	const chosen = there.find((p) => p.path === taken);
	if (there.length === 0) {
		return (
			<Empty icon="usb" title={t("rescue.adapter.none")}>
				<p>{t("rescue.adapter.none-text")}</p>
				<div class="actions"><a class="button" href="#/bench">{t("rescue.adapter.to-bench")}</a></div>
			</Empty>
		);
	}
	return (
		<Card>
			<fieldset class="options" disabled={it.off}>
				<legend>{t(field === "port" ? "rescue.adapter.which" : "rescue.donor.which")}</legend>
				{there.map((p) => (
					<label key={p.path} class="option">
						<input
							type="radio"
							name={`rescue-${field}`}
							checked={p.path === taken}
							onChange={() => it.say(p.path)}
						/>
						<span>
							<strong>{nameOfPort(p)}</strong>
							<span class="muted">{adapterName(p) || shortPath(p.node) || t("bench.no-adapter")}</span>
							<span><PortStateChip state={p.enabled ? p.state : "off"} /></span>
						</span>
					</label>
				))}
			</fieldset>
			{it.error && <ErrorNote error={it.error} />}
			{chosen && OFTEN_COPIED.test(chosen.usb_id) && <Note tone="warn"><p>{t("rescue.adapter.copied")}</p></Note>}
			{chosen?.state === "busy" && <Note tone="warn"><p>{t("port.busy-text", { holder: chosen.holder || t("port.somebody") })}</p></Note>}
			{chosen && chosen.name === "" && <p class="muted small"><a href={link("bench", chosen.path)}>{t("rescue.adapter.name-it")}</a></p>}
		</Card>
	);
}

export function Wire({ rescue }: { rescue: Rescue }) {
	return (
		<>
			<Card>
				<WireDrawing wires={2} />
				<ol class="to-do">
					<li>{t("rescue.wire.1")}</li>
					<li>{t("rescue.wire.2")}</li>
					<li>{t("rescue.wire.3")}</li>
				</ol>
				<Tick rescue={rescue} question="wired" />
			</Card>
			<Meter rescue={rescue} place="wire" />
		</>
	);
}

export function Power({ rescue }: { rescue: Rescue }) {
	const seen = rescue.seen.wire;
	return (
		<>
			<Card>
				<ol class="to-do">
					<li>{t("rescue.power.1")}</li>
					<li>{t("rescue.power.2")}</li>
				</ol>
			</Card>
			<Meter rescue={rescue} place="wire" />
			{seen && <Verdict seen={seen} />}
		</>
	);
}

const tones = { silent: "warn", garbage: "warn", readable: "good" } as const;

/** What was heard means this, and the next thing to do is that. */
export function Verdict({ seen }: { seen: RescueSeen }) {
	return (
		<Note tone={tones[seen.verdict]} icon="info">
			<p><strong>{t(`rescue.verdict.${seen.verdict}`)}</strong></p>
			<p>{t(`rescue.verdict.${seen.verdict}-text`)}</p>
			<p class="small">{evidence(seen)}</p>
		</Note>
	);
}

export function evidence(seen: RescueSeen): string {
	return [
		t("rescue.evidence", {
			bytes: number(seen.bytes),
			baud: number(seen.baud),
			percent: number(seen.bytes === 0 ? 0 : Math.round((seen.text / seen.bytes) * 100)),
			age: since(seen.at_s),
		}),
		seen.firmware,
	].filter(Boolean).join(" ");
}

/** Listens to the port of the rescue while it is on screen, and keeps what was heard. */
export function Meter({ rescue, place }: { rescue: Rescue; place: RescuePlace }) {
	const admin = useAdmin();
	const port = useResource(ports()).value?.ports.find((p) => p.path === rescue.port);
	const seen = rescue.seen[place];
	if (!port || !port.enabled) {
		return (
			<Note tone="warn">
				<p>{t("rescue.meter.no-port")}</p>
				<p><a href={link("rescue", rescue.id, "adapter")}>{t("rescue.step.adapter")}</a></p>
			</Note>
		);
	}
	if (!admin) {
		return (
			<Card title={t("rescue.meter.title")}>
				<p class="muted">{t("rescue.meter.viewer")}</p>
				{seen && <p>{evidence(seen)}</p>}
			</Card>
		);
	}
	return <Listening key={port.path} rescue={rescue} place={place} path={port.path} />;
}

const KEEP_MS = 1000;

function Listening({ rescue, place, path }: { rescue: Rescue; place: RescuePlace; path: string }) {
	const [console] = useState(() => new Console(path));
	const { lines, state, trouble, broken } = useStore(console.view);
	useAwake(true);
	useEffect(() => () => console.close(), [console]);
	useKept(rescue, place, state);
	const perSecond = useRate(state?.heard.bytes ?? 0);
	const percent = state && state.heard.bytes > 0 ? Math.round((state.heard.text / state.heard.bytes) * 100) : 0;
	return (
		<Card title={t("rescue.meter.title")} actions={state?.state === "open" && !broken && <Chip tone="busy" icon="play">{t("rescue.meter.listening")}</Chip>}>
			<div class="meter" aria-live="off">
				<p><strong>{number(perSecond)}</strong><span class="muted">{t("rescue.meter.rate")}</span></p>
				<p><strong>{number(percent)} %</strong><span class="muted">{t("rescue.meter.text")}</span></p>
				<p><strong>{number(state?.baud ?? 0)}</strong><span class="muted">{t("rescue.meter.baud")}</span></p>
			</div>
			<StateLine state={state} />
			{broken && <Note tone="warn"><p>{t("console.broken")}</p></Note>}
			{trouble && <Note tone="warn"><p>{saidError(trouble)}</p></Note>}
			<Lines lines={lines} hex={false} />
			<p class="muted small">{t("rescue.meter.quiet")}</p>
		</Card>
	);
}

/** Bytes in the last second. */
function useRate(bytes: number): number {
	const [rate, setRate] = useState(0);
	const now = useRef(bytes);
	now.current = bytes;
	useEffect(() => {
		let before = now.current;
		const timer = setInterval(() => {
			setRate(Math.max(0, now.current - before));
			before = now.current;
		}, 1000);
		return () => clearInterval(timer);
	}, []);
	return rate;
}

/** What was heard outlives this page. */
function useKept(rescue: Rescue, place: RescuePlace, state: ConsoleState | undefined): void {
	const latest = useRef<ConsoleState | undefined>(undefined);
	if (state?.state === "open") latest.current = state;
	const before = useRef<RescueSeen | null>(null);
	before.current = rescue.seen[place];
	const open = rescue.state === "open";
	const keep = () => {
		const s = latest.current;
		if (!s || !open) return;
		// A line that was opened anew knows nothing against what was heard before.
		if (s.heard.bytes === 0 && (before.current?.bytes ?? 0) > 0) return;
		const body = {
			place,
			verdict: s.verdict,
			baud: s.heard.baud || s.baud,
			bytes: s.heard.bytes,
			text: s.heard.text,
			firmware: [s.print.sdk, s.print.clock, s.print.family].filter(Boolean).join(", ").slice(0, 90),
		};
		void request<Rescue>("POST", `rescues/${rescue.id}/seen`, { body }).then((now) => rescueOf(rescue.id).patch(() => now), () => undefined);
	};
	const verdict = state?.state === "open" ? `${state.verdict} ${state.print.sdk}` : "";
	useEffect(() => {
		if (verdict === "") return;
		const timer = setTimeout(keep, KEEP_MS);
		return () => clearTimeout(timer);
	}, [verdict]);
	useEffect(() => keep, []);
}
