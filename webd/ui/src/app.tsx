// SPDX-License-Identifier: GPL-3.0-or-later
// Chooses what is on screen: setup, sign-in, or the frame with the route's page.
import { useEffect } from "preact/hooks";
import { loadSession, session, sessionError } from "./lib/api";
import { startEvents, stopEvents } from "./lib/events";
import { useLater } from "./lib/hooks";
import { language, t } from "./lib/i18n";
import { startKeys } from "./lib/keys";
import { type Route, route } from "./lib/router";
import { saidMore } from "./lib/said";
import { useStore } from "./lib/store";
import { Banners } from "./parts/banners";
import { Empty, ErrorNote, Page } from "./parts/basics";
import { BottomBar, Header } from "./parts/header";
import { KeyHelp } from "./parts/key-help";
import { Room, withWords } from "./parts/room";
import { Bench } from "./pages/bench";
import { Fleet } from "./pages/fleet";
import { Job } from "./pages/job";
import { Jobs } from "./pages/jobs";
import { Login } from "./pages/login";
import { Settings } from "./pages/settings";
import { Setup } from "./pages/setup";

const tools = () => withWords(import("./rooms/tools"));

export function App() {
	const now = useStore(session);
	const error = useStore(sessionError);
	const signedIn = now?.signed_in ?? false;
	useStore(language);
	useStore(saidMore);
	const late = useLater(150);
	useEffect(() => {
		if (!signedIn) return;
		startEvents();
		const end = startKeys();
		return () => {
			end();
			stopEvents();
		};
	}, [signedIn]);
	if (!now) {
		if (error) return <main class="gate"><div class="gate-box"><ErrorNote error={error} retry={() => void loadSession()} /></div></main>;
		return <main class="gate" aria-busy="true">{late && <p class="muted">{t("loading.page")}</p>}</main>;
	}
	if (now.setup_needed) return <Setup />;
	if (!now.signed_in) return <Login />;
	return <Frame />;
}

function Frame() {
	const here = useStore(route);
	return (
		<>
			<button type="button" class="skip" onClick={() => document.querySelector<HTMLElement>("h1")?.focus()}>
				{t("nav.skip")}
			</button>
			<Header />
			<Banners />
			<main id="main" class="main">{page(here)}</main>
			<BottomBar />
			<KeyHelp />
		</>
	);
}

function page({ path, query }: Route) {
	const [room, name, verb] = path;
	switch (room) {
	case undefined:
		return <Fleet query={query} />;
	case "add":
		return <Room load={tools}>{(room) => <room.AddCamera />}</Room>;
	case "cam":
		if (!name) break;
		return <Room load={tools}>{(room) => (verb === "edit" ? <room.EditCamera key={name} name={name} /> : <room.Camera key={name} name={name} />)}</Room>;
	case "bench":
		if (!name) return <Bench />;
		return <Room load={tools}>{(room) => (verb === "write" ? <room.Write key={name} port={name} query={query} /> : <room.Port key={name} name={name} />)}</Room>;
	case "jobs":
		if (!name) return <Jobs />;
		if (/^\d+$/.test(name)) return <Job key={name} id={Number(name)} />;
		break;
	case "dumps":
		return <Room load={tools}>{(room) => (name === "bin" ? <room.Bin /> : name ? <room.Dump key={name} id={name} tab={verb} query={query} /> : <room.Dumps />)}</Room>;
	case "rescue":
		if (!name) return <Room load={tools}>{(room) => <room.Rescues query={query} />}</Room>;
		if (/^\d+$/.test(name)) return <Room load={tools}>{(room) => <room.Rescue key={name} id={Number(name)} step={verb} />}</Room>;
		break;
	case "settings":
		return <Settings tab={name} />;
	}
	return (
		<Page title={t("nav.nowhere")}>
			<Empty icon="search" title={t("nav.nowhere-text")}>
				<a class="button primary" href="#/">{t("nav.to-fleet")}</a>
			</Empty>
		</Page>
	);
}
