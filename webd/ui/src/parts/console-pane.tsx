// SPDX-License-Identifier: GPL-3.0-or-later
// The live console of a port: opened by a click, read-only until another click.
import { useEffect, useRef, useState } from "preact/hooks";
import { request } from "../lib/api";
import { asHex, asText, Console, type ConsoleLine, type ConsoleState, redacted } from "../lib/console";
import { useAction } from "../lib/hooks";
import { maybe, number, plural, t } from "../lib/i18n";
import { link, route } from "../lib/router";
import { said, saidError } from "../lib/said";
import { useStore } from "../lib/store";
import type { Port } from "../lib/types";
import { Card, Chip, ErrorNote, Facts, Note, toClipboard } from "./basics";
import { Icon } from "./icon";

const RATES = [9600, 38400, 57600, 74880, 115200, 230400, 460800, 921600, 1500000];
const SHOWN = 500;

export function ConsoleCard({ port, takeOver }: { port: Port; takeOver: () => Promise<void> }) {
	// An address with ?console=1 opens it: a job that wants somebody to sign in leads here.
	const asked = useStore(route).query.get("console") === "1";
	const [open, setOpen] = useState(asked);
	const [pressed, setPressed] = useState(false);
	const opener = useRef<HTMLButtonElement>(null);
	// Who opened or closed it by a key goes on where the button was.
	useEffect(() => {
		if (pressed && !open) opener.current?.focus();
	}, [open]);
	const turn = (to: boolean) => {
		setPressed(true);
		setOpen(to);
	};
	useEffect(() => {
		if (asked) document.getElementById("console")?.scrollIntoView();
	}, [asked]);
	return (
		<Card title={t("console.title")} id="console">
			{open
				? <Pane key={port.path} port={port} takeOver={takeOver} entered={pressed} close={() => turn(false)} />
				: (
					<>
						<p class="muted">{t("console.text")}</p>
						<button type="button" class="button" ref={opener} onClick={() => turn(true)}>
							<Icon name="list" size={16} />
							{t("console.open")}
						</button>
					</>
				)}
		</Card>
	);
}

function Pane({ port, takeOver, entered, close }: { port: Port; takeOver: () => Promise<void>; entered: boolean; close: () => void }) {
	const [console] = useState(() => new Console(port.path));
	const { lines, state, trouble, broken, gap } = useStore(console.view);
	const [hex, setHex] = useState(false);
	const [filter, setFilter] = useState("");
	const shown = filter === "" ? lines : lines.filter((l) => l.text.toLowerCase().includes(filter.toLowerCase()));
	useEffect(() => () => console.close(), [console]);
	return (
		<div class="console">
			<StateLine state={state} />
			{broken && <Note tone="warn"><p>{t("console.broken")}</p></Note>}
			{trouble && <Note tone="warn"><p>{saidError(trouble)}</p></Note>}
			<div class="console-send">
				<input
					type="search"
					aria-label={t("console.filter")}
					placeholder={t("console.filter")}
					value={filter}
					onInput={(ev) => setFilter(ev.currentTarget.value)}
				/>
				<button type="button" class="button small" aria-pressed={hex} onClick={() => setHex(!hex)}>{t("console.hex")}</button>
			</div>
			{gap > 0 && <p class="muted">{plural("console.gap", gap)}</p>}
			<Lines lines={shown} hex={hex} entered={entered} nothing={t(lines.length > 0 ? "console.no-match" : "console.empty")} />
			{state && <Send port={port} state={state} begin={() => console.calm()} />}
			{state?.state === "open" && <TakeOver go={takeOver} />}
			<div class="actions">
				<Save port={port} text={() => lines.map(asText).join("\n") + "\n"} />
				<button type="button" class="button small" onClick={() => console.clear()}>{t("console.clear")}</button>
				<button type="button" class="button small" onClick={close}>{t("console.close")}</button>
			</div>
		</div>
	);
}

/** A backup in the session that is open here: signed in, at the same rate, same wires. */
function TakeOver({ go }: { go: () => Promise<void> }) {
	const action = useAction();
	return (
		<div class="console-send">
			{action.error && <ErrorNote error={action.error} />}
			<button type="button" class="button" disabled={action.busy} onClick={() => void action.run(go)}>{t("console.take-over")}</button>
			<span class="muted">{t("console.take-over-text")}</span>
		</div>
	);
}

/** What the verdict is judged by. */
function evidence(state: ConsoleState): string {
	const { baud, bytes, text } = state.heard;
	const params = { baud: number(baud || state.baud), bytes: number(bytes), text: number(text) };
	if (state.verdict === "silent") return bytes === 0 ? t("console.heard.nothing", { baud: number(state.baud) }) : t("console.heard.little", params);
	if (state.verdict === "garbage") return [t("console.heard.garbage", params), baud !== state.baud ? t("console.heard.next", { baud: number(state.baud) }) : ""].filter(Boolean).join(" ");
	const more = state.print.login ? t("console.heard.login") : state.print.prompt ? t("console.heard.prompt") : "";
	return [t("console.heard.text", params), more].filter(Boolean).join(" ");
}

const verdictTone = { silent: "off", garbage: "warn", readable: "good" } as const;

export function StateLine({ state }: { state: ConsoleState | undefined }) {
	if (!state) return <p class="muted">{t("console.state.opening")}</p>;
	const print = state.print;
	return (
		<>
			<div class="state-line">
				{state.state === "open" && (
					<Chip tone={verdictTone[state.verdict]}>{t(`console.verdict.${state.verdict}`)}</Chip>
				)}
				<span>
					{state.state === "open"
						? t(!state.auto ? "console.baud" : state.verdict === "readable" ? "console.baud-auto" : "console.baud-trying", { n: number(state.baud) })
						: t(`console.state.${state.state}`)}
				</span>
				{state.job !== null && <a href={link("jobs", state.job)}>{t("job.number", { id: state.job })}</a>}
			</div>
			<p class="muted" role="status">{state.state === "open" ? evidence(state) : maybe(`error.code.${state.code}`) ?? said(state.message, state)}</p>
			<Facts
				rows={[
					[t("console.sdk"), print.sdk],
					[t("console.clock"), print.clock],
					[t("console.flash"), print.flash],
					[t("console.sensor"), print.sensor],
				]}
			/>
		</>
	);
}

export function Lines({ lines, hex, entered = false, nothing = t("console.empty") }: { lines: ConsoleLine[]; hex: boolean; entered?: boolean; nothing?: string }) {
	const box = useRef<HTMLDivElement>(null);
	const [follow, setFollow] = useState(true);
	const [width, setWidth] = useState(0);
	const last = lines.length > 0 ? lines[lines.length - 1]!.n : 0;
	useEffect(() => {
		if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
	}, [last, follow, hex, width]);
	useEffect(() => {
		if (entered) box.current?.focus();
		// In a narrower box the lines are longer: the end stays in sight.
		const watch = new ResizeObserver(([at]) => setWidth(at?.contentRect.width ?? 0));
		if (box.current) watch.observe(box.current);
		return () => watch.disconnect();
	}, []);
	return (
		<div
			class="log console-lines"
			ref={box}
			tabIndex={0}
			role="log"
			aria-live="off"
			aria-label={t("console.title")}
			onScroll={(ev) => {
				const el = ev.currentTarget;
				setFollow(el.scrollHeight - el.scrollTop - el.clientHeight < 24);
			}}
		>
			{lines.length === 0 && <p class="muted">{nothing}</p>}
			{lines.slice(-SHOWN).map((line) => (
				<div key={line.n} class={line.sent ? "console-line console-sent" : "console-line"}>
					<time>{new Date(line.at_ms).toLocaleTimeString(undefined, { hour12: false })}</time>
					<span>{line.sent ? "> " : ""}{hex ? asHex(line) : line.text}</span>
				</div>
			))}
		</div>
	);
}

function Send({ port, state, begin }: { port: Port; state: ConsoleState; begin: () => void }) {
	const [typing, setTyping] = useState(false);
	const [line, setLine] = useState("");
	const field = useRef<HTMLInputElement>(null);
	const begun = useRef<HTMLButtonElement>(null);
	const turned = useRef(false);
	useEffect(() => {
		if (turned.current) (typing ? field : begun).current?.focus();
		turned.current = false;
	}, [typing]);
	const turn = (to: boolean) => {
		turned.current = true;
		setTyping(to);
	};
	const action = useAction();
	const off = action.busy || state.state !== "open" || state.sender === "other";
	const wish = (body: object) => {
		begin();
		return action.run(() => request("POST", "ports/console", { body: { path: port.path, ...body } }));
	};
	return (
		<>
			{action.error && <ErrorNote error={action.error} />}
			{state.sender === "other" && <p class="muted">{t("console.other")}</p>}
			<div class="console-send">
				<select
					aria-label={t("console.rate")}
					value={state.auto ? "0" : String(state.baud)}
					disabled={off}
					onChange={(ev) => void wish({ baud: Number(ev.currentTarget.value) })}
				>
					<option value="0">{t("console.auto")}</option>
					{RATES.map((n) => <option key={n} value={String(n)}>{number(n)}</option>)}
				</select>
				{!typing && (
					<button type="button" class="button" ref={begun} disabled={off} onClick={() => turn(true)}>{t("console.type")}</button>
				)}
			</div>
			{typing && (
				<form
					class="console-send"
					onSubmit={(ev) => {
						ev.preventDefault();
						void wish({ line }).then(() => setLine(""));
					}}
				>
					<input
						ref={field}
						aria-label={t("console.line")}
						value={line}
						maxLength={500}
						autocomplete="off"
						autocapitalize="none"
						spellcheck={false}
						disabled={state.state !== "open" || state.sender === "other"}
						onInput={(ev) => setLine(ev.currentTarget.value)}
					/>
					<button class="button primary" disabled={off}>{t("console.send")}</button>
					<button
						type="button"
						class="button"
						onClick={() => {
							turn(false);
							if (state.sender === "you") void wish({ release: true });
						}}
					>
						{t("console.stop")}
					</button>
				</form>
			)}
			<details class="console-more">
				<summary>{t("console.lines")}</summary>
				<p class="muted">{t("console.lines-text")}</p>
				<div class="console-send">
					{(["dtr", "rts"] as const).map((name) => [true, false].map((on) => (
						<button
							key={`${name}${on}`}
							type="button"
							class="button small"
							disabled={off}
							onClick={() => void wish({ [name]: on })}
						>
							{t(on ? "console.line-on" : "console.line-off", { name: name.toUpperCase() })}
						</button>
					)))}
				</div>
			</details>
		</>
	);
}

function Save({ port, text }: { port: Port; text: () => string }) {
	const [copied, setCopied] = useState(false);
	const save = () => {
		const url = URL.createObjectURL(new Blob([text()], { type: "text/plain" }));
		const a = document.createElement("a");
		a.href = url;
		a.download = `camherd-console-${port.name || "port"}.txt`;
		a.click();
		setTimeout(() => URL.revokeObjectURL(url), 1000);
	};
	const copy = async () => {
		setCopied(await toClipboard(text().split("\n").map(redacted).join("\n")));
	};
	return (
		<>
			<button type="button" class="button small" onClick={save}>
				<Icon name="download" size={16} />
				{t("console.save")}
			</button>
			<button type="button" class="button small" onClick={() => void copy()}>
				<Icon name="copy" size={16} />
				<span aria-live="polite">{t(copied ? "console.copied" : "console.copy")}</span>
			</button>
		</>
	);
}
