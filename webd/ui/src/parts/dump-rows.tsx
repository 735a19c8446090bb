// SPDX-License-Identifier: GPL-3.0-or-later
// Backups as a list; the same rows in the library and on a camera's page.
import { useEffect, useRef, useState } from "preact/hooks";
import { dumpMap } from "../lib/data";
import { bytes, place, since } from "../lib/format";
import { useOnScreen } from "../lib/hooks";
import { plural, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
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

const REST_MS = 150;

/** The map as a thin bar, made when it comes to rest in sight: each is a look into a whole
 * flash. An ornament: all that it shows stands in words on the backup's own page. */
function MapThumb({ id }: { id: number }) {
	const box = useRef<HTMLSpanElement>(null);
	const inSight = useOnScreen(box);
	const [wanted, setWanted] = useState(false);
	useEffect(() => {
		if (!inSight || wanted) return;
		const timer = setTimeout(() => setWanted(true), REST_MS);
		return () => clearTimeout(timer);
	}, [inSight]);
	return <span ref={box} class="map-thumb" aria-hidden="true">{wanted && <ThumbParts id={id} />}</span>;
}

function ThumbParts({ id }: { id: number }) {
	const map = useResource(dumpMap(String(id))).value;
	return <>{map?.regions.map((r) => <span key={r.offset} class={`flash-${r.kind}`} style={place(r, map.size)} />)}</>;
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
				{!d.missing && <MapThumb id={d.id} />}
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
