// SPDX-License-Identifier: GPL-3.0-or-later
// What every page is made of: page frame, cards, buttons, chips, empty and error states.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type ApiError, session } from "../lib/api";
import { clock } from "../lib/format";
import { useLater } from "../lib/hooks";
import { maybe, t } from "../lib/i18n";
import type { Loaded, Resource } from "../lib/resource";
import { useResource } from "../lib/resource";
import { moves } from "../lib/router";
import { saidError } from "../lib/said";
import { useStore } from "../lib/store";
import { Icon, type IconName } from "./icon";

interface PageProps {
	title: string;
	back?: { href: string; text: string };
	actions?: ComponentChildren;
	children: ComponentChildren;
}

export function Page({ title, back, actions, children }: PageProps) {
	const head = useRef<HTMLHeadingElement>(null);
	const name = useStore(session)?.name || "camherd";
	useEffect(() => {
		document.title = `${title} · ${name}`;
	}, [title, name]);
	useLayoutEffect(() => {
		if (moves === 0) return;
		head.current?.focus({ preventScroll: true });
		window.scrollTo(0, 0);
	}, []);
	return (
		<div class="page">
			{back && (
				<a class="back" href={back.href}>
					<Icon name="back" size={18} />
					{back.text}
				</a>
			)}
			<div class="page-head">
				<h1 ref={head} tabIndex={-1}>{title}</h1>
				{actions && <div class="actions">{actions}</div>}
			</div>
			{children}
		</div>
	);
}

export function Card({ title, actions, children, tone, id }: {
	title?: string;
	actions?: ComponentChildren;
	children: ComponentChildren;
	tone?: "danger";
	id?: string;
}) {
	return (
		<section class={`card${tone ? ` card-${tone}` : ""}`} id={id}>
			{(title || actions) && (
				<div class="card-head">
					{title && <h2>{title}</h2>}
					{actions && <div class="actions">{actions}</div>}
				</div>
			)}
			{children}
		</section>
	);
}

type Tone = "good" | "calm" | "warn" | "bad" | "busy" | "off";

export function Chip({ tone, icon, children, title }: {
	tone: Tone;
	icon?: IconName;
	children: ComponentChildren;
	title?: string;
}) {
	return (
		<span class={`chip chip-${tone}`} title={title}>
			{icon && <Icon name={icon} size={14} />}
			{children}
		</span>
	);
}

/** A map, because a state such as "constructor" is a key of any object. */
function looks(list: Record<string, [Tone, IconName]>): Map<string, [Tone, IconName]> {
	return new Map(Object.entries(list));
}

const cameraLook = looks({
	live: ["good", "dot"],
	idle: ["calm", "ring"],
	connecting: ["busy", "clock"],
	stale: ["warn", "clock"],
	unreachable: ["bad", "cross"],
	unsupported: ["bad", "warn"],
	"held by another app": ["warn", "hand"],
	asleep: ["calm", "ring"],
	disabled: ["off", "off"],
	bench: ["busy", "usb"],
	flash: ["off", "chip"],
	unknown: ["off", "clock"],
});

export function CameraState({ state }: { state: string }) {
	const [tone, icon] = cameraLook.get(state) ?? ["off", "info"];
	return <Chip tone={tone} icon={icon}>{maybe(`camera.state.${state}`) ?? state}</Chip>;
}

const jobLook = looks({
	queued: ["calm", "clock"],
	running: ["busy", "play"],
	waiting: ["warn", "hand"],
	done: ["good", "check"],
	failed: ["bad", "cross"],
	refused: ["bad", "off"],
	cancelled: ["off", "cross"],
	interrupted: ["warn", "warn"],
});

export function JobStateChip({ state }: { state: string }) {
	const [tone, icon] = jobLook.get(state) ?? ["off", "info"];
	return <Chip tone={tone} icon={icon}>{maybe(`job.state.${state}`) ?? state}</Chip>;
}

const portLook = looks({
	free: ["good", "check"],
	working: ["busy", "play"],
	console: ["busy", "list"],
	busy: ["warn", "warn"],
	lost: ["bad", "cross"],
	off: ["off", "off"],
	absent: ["off", "cross"],
});

export function PortStateChip({ state }: { state: string }) {
	const [tone, icon] = portLook.get(state) ?? ["off", "info"];
	return <Chip tone={tone} icon={icon}>{maybe(`port.state.${state}`) ?? state}</Chip>;
}

/** What · why · what to do. Messages of the daemons carry all three. */
export function ErrorNote({ error, retry }: { error: ApiError; retry?: () => void }) {
	const hint = maybe(`error.do.${error.code}`);
	return (
		<div class="note note-bad" role="alert">
			<Icon name="warn" />
			<div>
				<p>{maybe(`error.code.${error.code}`) ?? saidError(error)}</p>
				{hint && <p>{hint}</p>}
				<p class="note-code">{error.code}</p>
			</div>
			{retry && <button type="button" class="button small" onClick={retry}>{t("action.retry")}</button>}
		</div>
	);
}

export function Note({ tone, icon, children }: {
	tone: "bad" | "warn" | "calm" | "good";
	icon?: IconName;
	children: ComponentChildren;
}) {
	const look: IconName = icon ?? (tone === "calm" ? "info" : tone === "good" ? "check" : "warn");
	return (
		<div class={`note note-${tone}`}>
			<Icon name={look} />
			<div>{children}</div>
		</div>
	);
}

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ComponentChildren }) {
	return (
		<div class="empty">
			<span class="empty-icon"><Icon name={icon} size={32} /></span>
			<h2>{title}</h2>
			{children}
		</div>
	);
}

/** Shows a resource in each of its states: loading, failed, stale, there. */
export function Show<T>({ of, skeleton, children }: {
	of: Resource<T>;
	skeleton?: ComponentChildren;
	children: (value: T, loaded: Loaded<T>) => ComponentChildren;
}) {
	const loaded = useResource(of);
	const waiting = loaded.value === undefined && !loaded.error;
	const late = useLater(150, waiting);
	const slow = useLater(3000, waiting);
	if (loaded.value !== undefined) {
		return (
			<>
				{loaded.error && (
					<p class="stale-line" role="status">
						<Icon name="clock" size={16} />
						{t("stale.since", { time: clock(loaded.at), why: saidError(loaded.error) })}
					</p>
				)}
				{children(loaded.value, loaded)}
			</>
		);
	}
	if (loaded.error) return <ErrorNote error={loaded.error} retry={() => of.load()} />;
	return (
		<div aria-busy="true" class={late ? "" : "unseen"}>
			{skeleton ?? <div class="skeleton skeleton-block" />}
			<p class="muted" role="status">{slow ? t("loading.slow") : " "}</p>
		</div>
	);
}

export function Copy({ text, what }: { text: string; what: string }) {
	const [done, setDone] = useState(false);
	const copy = async () => {
		const ok = await toClipboard(text);
		setDone(ok);
		if (ok) setTimeout(() => setDone(false), 2000);
	};
	return (
		<button type="button" class="button small copy" onClick={copy} aria-label={t("action.copy-what", { what })}>
			<Icon name={done ? "check" : "copy"} size={16} />
			<span aria-live="polite">{done ? t("action.copied") : t("action.copy")}</span>
		</button>
	);
}

export async function toClipboard(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		// Plain http has no clipboard: the old way through a selection.
	}
	const area = document.createElement("textarea");
	area.value = text;
	area.className = "off-screen";
	document.body.append(area);
	area.select();
	const ok = document.execCommand("copy");
	area.remove();
	return ok;
}

export function Field({ label, hint, error, children, id }: {
	label: string;
	hint?: ComponentChildren;
	error?: string;
	children: ComponentChildren;
	id: string;
}) {
	return (
		<div class={`field${error ? " field-bad" : ""}`}>
			<label for={id}>{label}</label>
			{children}
			{error && <p class="field-error" id={`${id}-error`}>{error}</p>}
			{hint && <p class="field-hint" id={`${id}-hint`}>{hint}</p>}
		</div>
	);
}

export function Facts({ rows }: { rows: [string, ComponentChildren][] }) {
	return (
		<dl class="facts">
			{rows.filter(([, value]) => value !== "" && value !== undefined && value !== null).map(([name, value]) => (
				<div key={name}>
					<dt>{name}</dt>
					<dd>{value}</dd>
				</div>
			))}
		</dl>
	);
}
