// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes in rows. Only the rows on screen exist; a flash that would be taller than a
// browser can scroll is scrolled through in larger steps.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Bytes } from "../lib/bytes";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { ErrorNote } from "./basics";

const ROW = 22;
const TALLEST = 6_000_000;

export interface Mark {
	offset: number;
	size: number;
	now?: boolean;
}

/** Bytes in a row: 16 where there is room. */
export function useRowBytes(): number {
	const wide = useRef(matchMedia("(min-width: 640px)"));
	const [bytes, setBytes] = useState(wide.current.matches ? 16 : 8);
	useEffect(() => {
		const tell = () => setBytes(wide.current.matches ? 16 : 8);
		wide.current.addEventListener("change", tell);
		return () => wide.current.removeEventListener("change", tell);
	}, []);
	return bytes;
}

function markAt(marks: readonly Mark[], at: number): string {
	let kind = "";
	for (const m of marks) {
		if (at < m.offset || at >= m.offset + m.size) continue;
		if (m.now) return "now";
		kind = "mark";
	}
	return kind;
}

/** A row's cells, neighbours of one look in one element. */
export function cells(kinds: readonly string[], texts: readonly string[], gap: string): ComponentChildren {
	const out: ComponentChildren[] = [];
	for (let i = 0; i < texts.length;) {
		let end = i + 1;
		while (end < texts.length && kinds[end] === kinds[i]) end++;
		const text = texts.slice(i, end).join(gap);
		out.push(kinds[i] ? <mark key={i} class={`hex-${kinds[i]}`}>{text}</mark> : <span key={i}>{text}</span>);
		if (gap && end < texts.length) out.push(gap);
		i = end;
	}
	return out;
}

export function byteText(b: number | undefined): string {
	return b === undefined ? "··" : b.toString(16).padStart(2, "0");
}

export function byteChar(b: number | undefined): string {
	return b === undefined ? " " : b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : ".";
}

export function HexView({ bytes, marks, at, moved, label }: {
	bytes: Bytes;
	marks: readonly Mark[];
	/** Show this offset; a new object moves there again. */
	at: { offset: number };
	/** Told what stands in the first row. */
	moved: (offset: number) => void;
	label: string;
}) {
	const width = useRowBytes();
	const box = useRef<HTMLDivElement>(null);
	const own = useRef(-1);
	const first = useRef(at.offset);
	const [top, setTop] = useState(0);
	const [seen, setSeen] = useState(24);
	useStore(bytes.came);
	const error = useStore(bytes.error);
	const rows = Math.ceil(bytes.size / width);
	const height = Math.min(rows * ROW, TALLEST);
	const last = Math.max(0, rows - seen);
	const go = (row: number) => {
		const to = Math.max(0, Math.min(last, row));
		setTop(to);
		if (!box.current) return;
		const room = Math.max(1, height - box.current.clientHeight);
		own.current = Math.round(height < TALLEST ? Math.min(to * ROW, room) : (to / Math.max(1, last)) * room);
		box.current.scrollTop = own.current;
	};
	const onScroll = () => {
		const b = box.current;
		if (!b || Math.abs(b.scrollTop - own.current) < 2) return;
		own.current = -1;
		const room = Math.max(1, height - b.clientHeight);
		setTop(height < TALLEST ? Math.min(last, Math.floor(b.scrollTop / ROW)) : Math.round((b.scrollTop / room) * last));
	};
	const onKey = (ev: KeyboardEvent) => {
		const step = { ArrowUp: -1, ArrowDown: 1, PageUp: 1 - seen, PageDown: seen - 1, Home: -rows, End: rows }[ev.key];
		if (step === undefined || ev.ctrlKey || ev.altKey || ev.metaKey) return;
		ev.preventDefault();
		go(top + step);
	};
	useEffect(() => {
		const measure = () => setSeen(Math.max(4, Math.floor((box.current?.clientHeight ?? 0) / ROW)));
		measure();
		addEventListener("resize", measure);
		return () => removeEventListener("resize", measure);
	}, []);
	// A place asked for stands below a little of what is before it.
	useEffect(() => go(Math.floor(at.offset / width) - (marks.length > 0 ? 2 : 0)), [at]);
	useEffect(() => go(Math.floor(first.current / width)), [width]);
	useEffect(() => {
		first.current = top * width;
		bytes.want((top - seen) * width, (top + 2 * seen) * width);
		moved(top * width);
	}, [top, seen, width, bytes]);
	const digits = bytes.size > 0x1000000 ? 8 : 6;
	const drawn = [];
	for (let r = top; r < Math.min(rows, top + seen + 1); r++) drawn.push(r);
	return (
		<>
			{error && <ErrorNote error={error} retry={() => bytes.want(top * width, (top + seen) * width)} />}
			<div class="hex" ref={box} tabIndex={0} role="region" aria-label={label} onScroll={onScroll} onKeyDown={onKey}>
				<div style={{ height: `${height}px` }}>
					<div class="hex-rows">
						{drawn.map((r) => <Row key={r} bytes={bytes} from={r * width} width={width} digits={digits} marks={marks} />)}
					</div>
				</div>
			</div>
			<p class="muted small">{t("hex.keys")}</p>
		</>
	);
}

function Row({ bytes, from, width, digits, marks }: { bytes: Bytes; from: number; width: number; digits: number; marks: readonly Mark[] }) {
	const values: (number | undefined)[] = [];
	const kinds: string[] = [];
	const near = marks.filter((m) => m.offset < from + width && m.offset + m.size > from);
	for (let at = from; at < Math.min(from + width, bytes.size); at++) {
		values.push(bytes.at(at));
		kinds.push(near.length > 0 ? markAt(near, at) : "");
	}
	const blank = values.every((b) => b === 0xff);
	return (
		<div class={blank ? "hex-row hex-blank" : "hex-row"}>
			<span class="hex-at">{from.toString(16).padStart(digits, "0")}</span>
			<span class="hex-bytes">{cells(kinds, values.map(byteText), " ")}</span>
			<span class="hex-chars">{cells(kinds, values.map(byteChar), "")}</span>
		</div>
	);
}
