// SPDX-License-Identifier: GPL-3.0-or-later
// The live picture: one endless MJPEG image. When it breaks, stills take its place and
// the stream is tried again; an old picture never goes without its age.
import { useEffect, useRef, useState } from "preact/hooks";
import { ago } from "../lib/format";
import { useLiveSlot } from "../lib/live-slots";
import { t } from "../lib/i18n";
import { said } from "../lib/said";
import type { Said } from "../lib/types";
import { Icon } from "./icon";
import { fetchStill } from "./thumb";

const RETRY_MS = 5000;
const STILL_MS = 2000;		/* where two other tabs have the live streams */
const STALE_MS = 10000;

export function Live({ name, age, reason, why, on }: {
	name: string;
	age: number | undefined;	/* of the last picture, ms */
	reason: string;
	why: Said | null;	/* the reason taken apart */
	on: boolean;
}) {
	const [paused, setPaused] = useState(false);
	const [broken, setBroken] = useState(false);
	const [shown, setShown] = useState(false);
	const [still, setStill] = useState<string | undefined>(undefined);
	const [attempt, setAttempt] = useState(0);
	const image = useRef<HTMLImageElement>(null);
	const box = useRef<HTMLDivElement>(null);
	const [front, setFront] = useState(!document.hidden);
	const slot = useLiveSlot(on && !paused && front);
	const streaming = slot === true && !broken;

	useEffect(() => {
		const tell = () => setFront(!document.hidden);
		document.addEventListener("visibilitychange", tell);
		return () => document.removeEventListener("visibilitychange", tell);
	}, []);
	useEffect(() => {
		const img = image.current;
		if (!img || !streaming) return;
		img.src = `cam/${name}/stream.mjpeg?n=${attempt}`;
		// Taking the element away would leave the connection open for a while.
		return () => {
			img.removeAttribute("src");
			setShown(false);
		};
	}, [name, streaming, attempt]);
	useEffect(() => {
		if (!broken) return;
		const stop = new AbortController();
		void fetchStill(name, stop.signal).then((url) => {
			if (url) setStill(url);
		});
		const timer = setTimeout(() => {
			setBroken(false);
			setAttempt((n) => n + 1);
		}, RETRY_MS);
		return () => {
			stop.abort();
			clearTimeout(timer);
		};
	}, [broken, name]);
	useEffect(() => {
		if (slot !== false) return;
		const stop = new AbortController();
		let timer: number | undefined;
		const turn = async () => {
			const url = await fetchStill(name, stop.signal);
			if (stop.signal.aborted) {
				if (url) URL.revokeObjectURL(url);
				return;
			}
			if (url) setStill(url);
			timer = window.setTimeout(turn, STILL_MS);
		};
		void turn();
		return () => {
			stop.abort();
			clearTimeout(timer);
		};
	}, [slot, name]);
	useEffect(() => () => {
		if (still) URL.revokeObjectURL(still);
	}, [still]);

	const freeze = () => {
		const img = image.current;
		if (img && img.naturalWidth > 0) {
			const sheet = document.createElement("canvas");
			sheet.width = img.naturalWidth;
			sheet.height = img.naturalHeight;
			sheet.getContext("2d")?.drawImage(img, 0, 0);
			sheet.toBlob((blob) => {
				if (blob) setStill(URL.createObjectURL(blob));
			}, "image/jpeg");
		}
		setPaused(true);
	};
	const old = age !== undefined && age > STALE_MS;
	return (
		<div class="live" ref={box}>
			<div class="live-picture">
				{still && !shown && <img class="live-still" src={still} alt={t("camera.picture-of", { name })} />}
				<img
					ref={image}
					class={shown ? "" : "unseen"}
					alt={t("camera.live-of", { name })}
					onLoad={() => setShown(true)}
					onError={() => setBroken(true)}
				/>
				{!shown && !still && (
					<span class="thumb-none">
						<Icon name="camera" size={56} />
						<span>{said(reason, why) || t(on ? "camera.waiting" : "camera.off")}</span>
					</span>
				)}
				{(old || broken) && (shown || still) && (
					<p class="live-old" role="status">
						<Icon name="clock" size={18} />
						{age === undefined ? t("camera.stale") : t("camera.stale-since", { age: ago(age / 1000) })}
					</p>
				)}
				{slot === false && !paused && <p class="live-old live-stills" role="status"><Icon name="info" size={18} />{t("camera.stills")}</p>}
				{paused && <p class="live-old"><Icon name="pause" size={18} />{t("camera.paused")}</p>}
			</div>
			<div class="live-bar">
				<button type="button" class="button small" disabled={!on} onClick={() => (paused ? setPaused(false) : freeze())}>
					<Icon name={paused ? "play" : "pause"} size={16} />
					{t(paused ? "camera.resume" : "camera.pause")}
				</button>
				<a class="button small" href={`cam/${name}/snapshot.jpg`} download={`${name}.jpg`}>
					<Icon name="download" size={16} />
					{t("camera.save-picture")}
				</a>
				{document.fullscreenEnabled && (
					<button type="button" class="button small" onClick={() => void box.current?.requestFullscreen()}>
						<Icon name="expand" size={16} />
						{t("camera.fullscreen")}
					</button>
				)}
			</div>
		</div>
	);
}
