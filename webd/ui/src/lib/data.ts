// SPDX-License-Identifier: GPL-3.0-or-later
// The collections that pages show, by name.
import { query } from "./api";
import { resource } from "./resource";
import type { About, ArchiveState, Away, Camera, Connection, Dump, DumpMap, Fit, HistoryEvent, Job, Photo, Ports, Rescue, SettingsNow, SignIn, Status, StorageNow, Token, User } from "./types";

export const cameras = () => resource<{ cameras: Camera[] }>("cameras", ["cameras", "dumps"]);
export const ports = () => resource<Ports>("ports", ["ports"]);
export const jobs = () => resource<{ jobs: Job[] }>("jobs?limit=100", ["jobs"]);
export const openJobs = () => resource<{ jobs: Job[] }>("jobs?open=1", ["jobs"]);
export const job = (id: number) => resource<Job>(`jobs/${id}`, ["jobs"]);
export const jobLog = (id: number) => resource<string>(`jobs/${id}/log`, [], true);
export const dumps = () => resource<{ dumps: Dump[] }>("dumps", ["dumps"]);
export const dumpPage = (word: string, limit: number, skip: number) =>
	resource<{ dumps: Dump[]; more: boolean }>(`dumps?limit=${limit}&skip=${skip}${word === "" ? "" : `&q=${encodeURIComponent(word)}`}`, ["dumps"]);
export const cameraDumps = (name: string) =>
	resource<{ dumps: Dump[] }>(`dumps?camera=${encodeURIComponent(name)}`, ["dumps"]);
export const dump = (id: string) => resource<Dump>(`dumps/${encodeURIComponent(id)}`, ["dumps"]);
export const dumpMap = (id: string) => resource<DumpMap>(`dumps/${encodeURIComponent(id)}/map`);
/** Photos of a camera, or of something that is none yet. */
export type PhotosOf = { camera: string } | { owner: string };
export const photos = (of: PhotosOf) =>
	resource<{ photos: Photo[]; more: boolean }>(`photos${query(of)}`, ["photos"]);
export const cameraHistory = (name: string, limit: number) =>
	resource<{ events: HistoryEvent[]; more: boolean; away: Away | null }>(`cameras/${encodeURIComponent(name)}/history?limit=${limit}`, ["cameras", "jobs", "photos", "dumps"]);
export const connection = (name: string) => resource<Connection>(`cameras/${encodeURIComponent(name)}/connect`, ["cameras"]);
export const status = () => resource<Status>("status", ["daemons"]);
export const users = () => resource<{ users: User[] }>("users", ["users"]);
export const sessions = () => resource<{ sessions: SignIn[] }>("sessions", ["sessions"]);
export const tokens = () => resource<{ tokens: Token[] }>("tokens", ["tokens"]);
export const streamPassword = () => resource<{ user: string; password: string }>("stream-password", ["stream-password"]);
export const about = () => resource<About>("about");
export const settings = () => resource<SettingsNow>("settings");
export const storage = () => resource<StorageNow>("storage", ["dumps"]);
export const archiveState = () => resource<ArchiveState>("archive", ["dumps", "cameras"]);
export const rescues = () => resource<{ rescues: Rescue[] }>("rescues", ["rescues"]);
export const rescue = (id: number) => resource<Rescue>(`rescues/${id}`, ["rescues", "jobs"]);
export const rescueReport = (id: number) => resource<string>(`rescues/${id}/report`, [], true);
export const dumpFits = (id: number) => resource<{ cameras: Fit[] }>(`dumps/${id}/fits`, ["cameras", "dumps"]);
