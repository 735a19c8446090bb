// SPDX-License-Identifier: GPL-3.0-or-later
// Backups as a list; the same rows in the library and on a camera's page.
import { bytes, since } from "../lib/format";
import { plural, t } from "../lib/i18n";
import { link } from "../lib/router";
import type { Dump } from "../lib/types";
import { Chip } from "./basics";

export function dumpName(d: Dump): string {
	return d.camera || d.file || t("dump.nobody");
}

export function Verified({ dump }: { dump: Dump }) {
	if (dump.missing) return <Chip tone="bad" icon="warn">{t("dump.missing")}</Chip>;
	if (dump.damaged) return <Chip tone="bad" icon="warn">{t("dump.damaged")}</Chip>;
	if (dump.verified) return <Chip tone="good" icon="check">{t("dump.verified")}</Chip>;
	return <Chip tone="calm" icon="archive">{t(dump.kind === "import" ? "dump.imported" : "dump.once")}</Chip>;
}

/** Who else has these bytes; "" when nobody. */
export function sameBytes(d: Dump): string {
	if (d.same_cameras > 1) return plural("dumps.same-cameras", d.same_cameras);
	return d.same_bytes > 1 ? plural("dump.same", d.same_bytes) : "";
}

export function DumpRow({ dump: d, camera }: { dump: Dump; camera: boolean }) {
	const copies = sameBytes(d);
	return (
		<a class="row" href={link("dumps", d.id)}>
			<span class="row-main">
				<strong>{camera ? dumpName(d) : t("dump.number", { id: d.id })}</strong>
				<span class="muted">
					{[since(d.created_s), bytes(d.size), d.chip, t(`dump.kind.${d.kind === "safety" ? "safety" : d.kind === "import" ? "import" : "backup"}`)].filter(Boolean).join(" · ")}
				</span>
				{(d.note !== "" || copies !== "") && <span class="muted clip">{[copies, d.note].filter(Boolean).join(" · ")}</span>}
			</span>
			<span class="row-side">
				<Verified dump={d} />
				<code>{d.sha256.slice(0, 8)}</code>
			</span>
		</a>
	);
}

export function DumpRows({ dumps, camera }: { dumps: Dump[]; camera: boolean }) {
	return (
		<ul class="rows">
			{dumps.map((d) => <li key={d.id}><DumpRow dump={d} camera={camera} /></li>)}
		</ul>
	);
}
