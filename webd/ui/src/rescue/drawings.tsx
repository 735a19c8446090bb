// SPDX-License-Identifier: GPL-3.0-or-later
// Line drawings for the rescue; what words beside them do not say, they say themselves.
import { t } from "../lib/i18n";

/** A chip with its marking. */
export function ChipDrawing({ marking }: { marking: string }) {
	const pins = [0, 1, 2, 3, 4, 5];
	return (
		<svg class="drawing drawing-chip" viewBox="0 0 120 84" aria-hidden="true" focusable="false">
			{pins.map((i) => (
				<g key={i}>
					<path d={`M${26 + i * 13} 10v-7M${26 + i * 13} 74v7`} />
				</g>
			))}
			<rect x="14" y="10" width="92" height="64" rx="4" />
			<circle cx="24" cy="64" r="3" />
			<text x="60" y="47" text-anchor="middle">{marking}</text>
		</svg>
	);
}

const WIRES: readonly [string, string][] = [["GND", "GND"], ["TX", "RX"], ["RX", "TX"]];

/** Camera on the left, adapter on the right, one line for each wire that is connected. */
export function WireDrawing({ wires }: { wires: 2 | 3 }) {
	return (
		<svg
			class="drawing drawing-wires"
			viewBox="0 0 320 150"
			role="img"
			aria-label={t(wires > 2 ? "rescue.drawing.three" : "rescue.drawing.two")}
		>
			<rect x="4" y="10" width="96" height="130" rx="8" />
			<rect x="220" y="10" width="96" height="130" rx="8" />
			<text x="52" y="30" text-anchor="middle">{t("rescue.drawing.camera")}</text>
			<text x="268" y="30" text-anchor="middle">{t("rescue.drawing.adapter")}</text>
			{WIRES.map(([left, right], i) => (
				<g key={left} class={i < wires ? `wire wire-${i}` : "wire wire-off"}>
					<circle cx="88" cy={58 + i * 32} r="5" />
					<circle cx="232" cy={58 + i * 32} r="5" />
					<text x="74" y={62 + i * 32} text-anchor="end">{left}</text>
					<text x="246" y={62 + i * 32}>{right}</text>
					{i < wires && <path d={`M93 ${58 + i * 32}C140 ${58 + i * 32} 180 ${58 + i * 32} 227 ${58 + i * 32}`} />}
				</g>
			))}
		</svg>
	);
}
