// SPDX-License-Identifier: GPL-3.0-or-later
// How far a job is: bar, speed, time left; and the squares of its 4 KiB blocks.
import { useEffect, useRef, useState } from "preact/hooks";
import { bytes, duration, rate } from "../lib/format";
import { maybe, number, plural, t } from "../lib/i18n";
import type { Job, Progress } from "../lib/types";

/** Share of the current step, 0 to 1, or undefined when it has no length. */
export function share(p: Progress | null): number | undefined {
	if (!p || !p.total) return undefined;
	return Math.min(1, p.done / p.total);
}

export function stepName(step: string): string {
	return maybe(`job.step.${step}`) ?? step;
}

export function ProgressBar({ job, small }: { job: Job; small?: boolean }) {
	const p = job.progress;
	const done = share(p);
	const percent = done === undefined ? undefined : Math.floor(done * 100);
	const said = useTenths(percent, p?.step ?? "");
	const name = p?.step ? stepName(p.step) : maybe(`job.state.${job.state}`) ?? job.state;
	const words = [
		percent === undefined ? "" : t("job.percent", { n: number(percent) }),
		p && p.total ? t("job.of", { done: bytes(p.done), total: bytes(p.total) }) : "",
		p?.rate ? rate(p.rate) : "",
		p && p.eta_s >= 0 && !p.ask ? t("job.left", { time: duration(p.eta_s) }) : "",
		p?.retries ? plural("job.retries", p.retries) : "",
	].filter(Boolean);
	return (
		<div class={`progress${small ? " progress-small" : ""}`}>
			<progress
				aria-label={t("job.progress-of", { what: maybe(`job.kind.${job.kind}`) ?? job.kind })}
				max={1}
				value={done}
			/>
			<p class="progress-words">
				<strong>{name}</strong>
				{!small && words.map((w) => <span key={w}>{w}</span>)}
				{small && percent !== undefined && <span>{words[0]}</span>}
			</p>
			{!small && <p class="off-screen" aria-live="polite">{said}</p>}
		</div>
	);
}

/** A sentence for screen readers, new at each tenth only. */
function useTenths(percent: number | undefined, step: string): string {
	const [said, setSaid] = useState("");
	const tenth = percent === undefined ? -1 : Math.floor(percent / 10);
	useEffect(() => {
		setSaid(tenth < 0 ? stepName(step) : `${stepName(step)} ${t("job.percent", { n: number(tenth * 10) })}`);
	}, [tenth, step]);
	return said;
}

const kinds: [string, string][] = [
	[".", "pending"],
	["r", "read"],
	["v", "verified"],
	["=", "equal"],
	["e", "erased"],
	["w", "written"],
	["!", "retried"],
];

/** Squares in rows of a round number, as large as the width allows. */
function lattice(width: number, blocks: number): { columns: number; cell: number; gap: number } {
	const many = blocks > 1024;
	const gap = many ? 1 : 2;
	const choice = many ? [128, 64, 32] : [64, 32, 16];
	const columns = choice.find((n) => (width + gap) / n - gap >= (many ? 3 : 7)) ?? choice[choice.length - 1]!;
	const cell = Math.max(2, Math.min(14, Math.floor((width + gap) / columns) - gap));
	return { columns, cell, gap };
}

export function BlockMap({ map }: { map: string }) {
	const canvas = useRef<HTMLCanvasElement>(null);
	const box = useRef<HTMLDivElement>(null);
	const [width, setWidth] = useState(0);
	useEffect(() => {
		if (!box.current) return;
		const watcher = new ResizeObserver((entries) => {
			setWidth(Math.floor(entries[0]?.contentRect.width ?? 0));
		});
		watcher.observe(box.current);
		return () => watcher.disconnect();
	}, []);
	const [theme, setTheme] = useState(0);
	useEffect(() => {
		const watcher = new MutationObserver(() => setTheme((n) => n + 1));
		watcher.observe(document.documentElement, { attributeFilter: ["data-theme"] });
		return () => watcher.disconnect();
	}, []);

	const { columns, cell, gap } = lattice(width, map.length);
	const w = columns * (cell + gap) - gap;
	const h = Math.ceil(map.length / columns) * (cell + gap) - gap;
	useEffect(() => {
		const c = canvas.current;
		const pen = c?.getContext("2d");
		if (!c || !pen || width === 0) return;
		const scale = window.devicePixelRatio || 1;
		c.width = w * scale;
		c.height = h * scale;
		c.style.width = `${w}px`;
		c.style.height = `${h}px`;
		pen.scale(scale, scale);
		const style = getComputedStyle(c);
		const colours = new Map(kinds.map(([letter, name]) => [letter, style.getPropertyValue(`--block-${name}`)]));
		for (let i = 0; i < map.length; i++) {
			pen.fillStyle = colours.get(map[i]!) ?? colours.get(".")!;
			const x = (i % columns) * (cell + gap);
			const y = Math.floor(i / columns) * (cell + gap);
			pen.fillRect(x, y, cell, cell);
			if (map[i] === "!") {
				pen.fillStyle = style.getPropertyValue("--surface");
				pen.fillRect(x + cell / 3, y + cell / 3, cell / 3, cell / 3);
			}
		}
	}, [map, columns, theme, width]);

	const counts = kinds
		.map(([letter, name]) => [name, count(map, letter)] as const)
		.filter(([, n]) => n > 0);
	const words = counts.map(([name, n]) => `${number(n)} ${maybe(`job.block.${name}`) ?? name}`).join(", ");
	return (
		<div class="blocks" ref={box}>
			<canvas ref={canvas} role="img" aria-label={t("job.blocks-label", { words })} />
			<ul class="legend">
				{counts.map(([name, n]) => (
					<li key={name}>
						<span class={`swatch swatch-${name}`} />
						{maybe(`job.block.${name}`) ?? name} {number(n)}
					</li>
				))}
			</ul>
		</div>
	);
}

function count(map: string, letter: string): number {
	let n = 0;
	for (let i = 0; i < map.length; i++) if (map[i] === letter) n++;
	return n;
}
