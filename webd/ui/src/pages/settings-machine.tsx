// SPDX-License-Identifier: GPL-3.0-or-later
// The appliance's name, its USB ports, and what stands in the configuration file: the page
// shows what is in force, and the exact line that would change it.
import { useState } from "preact/hooks";
import { loadSession, request } from "../lib/api";
import { ports, settings } from "../lib/data";
import { useAction } from "../lib/hooks";
import { maybe, t } from "../lib/i18n";
import { link } from "../lib/router";
import type { ConfigKey, Port } from "../lib/types";
import { Card, Chip, Copy, Empty, ErrorNote, Field, Note, PortStateChip, Show } from "../parts/basics";

function Key({ of }: { of: ConfigKey }) {
	const line = `${of.key} = ${of.value}`;
	return (
		<div class="config-key">
			<dt>
				<code>{of.key}</code>
				{of.changed && <Chip tone="busy">{t("machine.own")}</Chip>}
			</dt>
			<dd>
				<span class="config-value">{of.value === "" ? t("machine.empty") : of.value}</span>
				<span class="muted small">{maybe(`machine.key.${of.section}.${of.key}`)}</span>
				<Copy text={line} what={line} />
			</dd>
		</div>
	);
}

/** Keys of these sections, with what to do for another value. */
export function Configured({ sections, title }: { sections: string[]; title: string }) {
	return (
		<Card title={title}>
			<Show of={settings()}>
				{(s) => {
					const keys = s.keys.filter((k) => sections.includes(k.section));
					return (
						<>
							<Note tone="calm">
								<p>{t("machine.file", { file: s.file })}</p>
								<p><code>{keys[0] ? `[${keys[0].section}]` : ""}</code></p>
								<p><code>{restart(sections)}</code></p>
							</Note>
							<dl class="config-keys">{keys.map((k) => <Key key={`${k.section}.${k.key}`} of={k} />)}</dl>
						</>
					);
				}}
			</Show>
		</Card>
	);
}

function restart(sections: string[]): string {
	const one = sections.length === 1 && ["flashd", "streamd", "webd"].includes(sections[0] ?? "") ? `camherd-${sections[0]}` : "camherd.target";
	return `sudo systemctl restart ${one}`;
}

export function General() {
	return (
		<>
			<Card title={t("machine.name")}>
				<Show of={settings()}>{(s) => <Name key={s.name} name={s.name} />}</Show>
			</Card>
			<Configured sections={["webd"]} title={t("machine.web")} />
			<Configured sections={["paths", "log"]} title={t("machine.paths")} />
		</>
	);
}

function Name({ name }: { name: string }) {
	const [typed, setTyped] = useState(name);
	const action = useAction();
	return (
		<form onSubmit={(ev) => {
			ev.preventDefault();
			void action.run(async () => {
				await request("PATCH", "settings", { body: { name: typed.trim() } });
				settings().load();
				await loadSession();
			});
		}}>
			<Field id="appliance-name" label={t("machine.name-label")} hint={t("machine.name-hint")}>
				<input id="appliance-name" value={typed} maxLength={32} aria-describedby="appliance-name-hint" onInput={(ev) => setTyped(ev.currentTarget.value)} />
			</Field>
			{action.error && <ErrorNote error={action.error} />}
			<div class="form-end"><button class="button" disabled={typed.trim() === name || action.busy}>{t("action.save")}</button></div>
		</form>
	);
}

export function UsbPorts() {
	return (
		<>
			<Card title={t("machine.ports")}>
				<p class="muted">{t("machine.ports-text")}</p>
				<Show of={ports()}>
					{({ ports: list }) => (list.length === 0
						? <Empty icon="usb" title={t("machine.no-ports")} />
						: <ul class="rows">{list.map((p) => <PortRow key={p.path} port={p} />)}</ul>)}
				</Show>
				<p><a class="button small" href={link("bench")}>{t("machine.to-bench")}</a></p>
			</Card>
			<Configured sections={["flashd"]} title={t("machine.flash")} />
		</>
	);
}

function PortRow({ port }: { port: Port }) {
	const action = useAction();
	const name = port.name || port.node || port.path;
	return (
		<li class="row row-flat">
			<span class="row-main"><strong>{name}</strong><span class="muted small">{port.adapter}</span></span>
			<PortStateChip state={port.state} />
			<label class="row-side">
				<input
					type="checkbox"
					checked={port.enabled}
					disabled={action.busy}
					onChange={(ev) => {
						const enabled = ev.currentTarget.checked;
						void action.run(async () => {
							await request("PATCH", "ports", { body: { path: port.path, enabled } });
							ports().load();
						});
					}}
				/>
				{t("machine.port-on")}
			</label>
			{action.error && <ErrorNote error={action.error} />}
		</li>
	);
}
